#include "probe/bend.hpp"

#include "probe/describe.hpp"

namespace simplon::probe {

bool has_aborted(const Reaction& reaction) noexcept {
  using enum Reaction::End;
  if (reaction.end == refused) return true;
  return !reaction.finished && (reaction.end == closed || reaction.end == reset);
}

bool has_accepted(const Reaction& reaction) noexcept {
  return reaction.finished && reaction.end != Reaction::End::refused && reaction.end != Reaction::End::malformed;
}

std::string describe(const Reaction& reaction) {
  const std::string finished = "finishes the handshake";
  switch (reaction.end) {
    case Reaction::End::refused:
      return (reaction.finished ? finished + ", then " : "") + describe_alert(*reaction.alert);
    case Reaction::End::closed:
      return reaction.finished ? finished + " and closes" : "closes the connection without an alert";
    case Reaction::End::reset:
      return reaction.finished ? finished + " and resets the connection" : "resets the connection without an alert";
    case Reaction::End::silent:
      return reaction.finished ? finished : "no reaction in time";
    case Reaction::End::went_on:
      return reaction.finished ? finished + " and sends data" : "goes on";
    case Reaction::End::waiting:
    case Reaction::End::inapplicable:
    case Reaction::End::incapable:
    case Reaction::End::malformed:
    case Reaction::End::absent:
      break;
  }
  return reaction.text;
}

}  // namespace simplon::probe

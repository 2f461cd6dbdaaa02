#include "probe/client_trial.hpp"

#include "probe/bent_server.hpp"
#include "probe/child_process.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace simplon::probe {

namespace {

// A client that has finished the handshake may still refuse, when what it is for looks at the answer.
constexpr std::chrono::milliseconds second_thoughts{500};

// A client that has given up a connection without a word may have it tried again, or have another one open already.
constexpr std::chrono::milliseconds next_attempt{2'000};

std::string replaced(std::string text, std::string_view what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

Reaction absent(std::string why) {
  Reaction reaction;
  reaction.end = Reaction::End::absent;
  reaction.text = std::move(why);
  return reaction;
}

Reaction::End end_of(Wait wait) noexcept {
  switch (wait) {
    case Wait::ended:
      return Reaction::End::closed;
    case Wait::timed_out:
      return Reaction::End::silent;
    case Wait::ready:
    case Wait::broken:
      break;
  }
  return Reaction::End::reset;
}

Reaction converse(Line& line, BentServer& server, std::chrono::milliseconds timeout) {
  Clock::time_point deadline = Clock::now() + timeout;
  std::array<std::byte, 4096> buffer;
  bool finished = false;
  while (server.reaction().end == Reaction::End::waiting) {
    std::size_t size = 0;
    const Wait received = line.receive(buffer, size, deadline);
    server.read(std::span(buffer).first(size));
    // Whoever refuses may have gone, and its alert is still to be read.
    static_cast<void>(line.send(server.take_output(), deadline));
    if (received != Wait::ready) server.stop(end_of(received));
    if (!finished && server.reaction().finished) {
      finished = true;
      deadline = std::min(deadline, Clock::now() + second_thoughts);
    }
  }
  return server.reaction();
}

// A connection on which no byte came was none of a TLS client's: browsers open some in advance.
bool said_something(const Reaction& reaction) {
  return reaction.heard || reaction.end == Reaction::End::refused || !reaction.text.empty();
}

// That may be its answer, or the connection may have been one too many: browsers open two and cancel one.
bool left_without_a_word(const Reaction& reaction) {
  return !reaction.finished && (reaction.end == Reaction::End::closed || reaction.end == Reaction::End::reset);
}

}  // namespace

Reaction ClientUnderTest::hear(const Bend& bend, std::uint16_t version) {
  const net::Endpoint address = listener.address();
  const std::string host = address.address_text();
  const std::string port = std::to_string(address.port());
  std::optional<ChildProcess> child;
  if (!command.empty()) {
    std::vector<std::string> arguments;
    arguments.reserve(command.size());
    for (const std::string& each : command)
      arguments.push_back(
          replaced(replaced(replaced(each, "{host}", host), "{port}", port), "{address}", address.to_text()));
    auto started = ChildProcess::start(
        arguments, {{"SIMPLON_HOST", host}, {"SIMPLON_PORT", port}, {"SIMPLON_ADDRESS", address.to_text()}},
        shows_output);
    if (!started) return absent(started.error());
    child = std::move(*started);
  }
  auto deadline = child ? std::optional(Clock::now() + timeout) : std::nullopt;
  std::optional<Reaction> reaction;
  while (auto line = listener.accept(deadline, child ? child->descriptor() : -1)) {
    const auto server = BentServer::make(version, bend, certificate);
    const Reaction heard = converse(*line, *server, timeout);
    if (!said_something(heard)) continue;
    const bool is_first = !reaction;
    reaction = heard;
    if (!child || !left_without_a_word(heard)) break;
    if (is_first) deadline = Clock::now() + next_attempt;
  }
  const auto ending = child ? child->ending() : std::nullopt;
  if (child) {
    // What it has opened beside, or again, is not the next case's.
    child.reset();
    listener.turn_away();
  }
  if (reaction) return *reaction;
  return absent(ending ? "the command ended with " + *ending + " and did not connect"
                       : "the command did not connect in time");
}

}  // namespace simplon::probe

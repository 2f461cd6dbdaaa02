#include "probe/ask.hpp"

#include "probe/line.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace simplon::probe {

namespace {

Outcome outcome_of(Wait wait) noexcept {
  switch (wait) {
    case Wait::ready:
      return Outcome::waiting;
    case Wait::ended:
      return Outcome::closed;
    case Wait::broken:
      return Outcome::reset;
    case Wait::timed_out:
      return Outcome::timed_out;
  }
  return Outcome::reset;
}

Wait send(Line& line, Bytes bytes, std::size_t segment, Clock::time_point deadline) {
  if (segment == 0) return line.send(bytes, deadline);
  Wait sent = Wait::ready;
  while (!bytes.empty() && sent == Wait::ready) {
    const Bytes part = bytes.first(std::min(segment, bytes.size()));
    bytes = bytes.subspan(part.size());
    sent = line.send(part, deadline);
    if (sent == Wait::ready && !bytes.empty()) sent = line.wait_until_acknowledged(deadline);
  }
  return sent;
}

}  // namespace

Observation ask(const net::Endpoint& address, Speech speech, const Manner& manner) {
  auto line = Line::dial(address, Clock::now() + manner.timeout);
  if (!line) return {.outcome = Outcome::unreachable, .answer = {}, .alert = {}, .text = std::move(line.error())};
  const Clock::time_point deadline = Clock::now() + manner.timeout;
  RawClient client(std::move(speech));
  std::array<std::byte, 4096> buffer;
  while (client.observation().outcome == Outcome::waiting) {
    const std::vector<std::byte> output = client.take_output();
    // A server that refuses a hello before it has all of it may have said why.
    const Wait sent = send(*line, output, manner.segment, deadline);
    std::size_t size = 0;
    const Wait received = sent == Wait::timed_out ? sent : line->receive(buffer, size, deadline);
    client.read(std::span(buffer).first(size));
    if (received != Wait::ready && client.observation().outcome == Outcome::waiting) {
      return {.outcome = outcome_of(received), .answer = {}, .alert = {}, .text = {}};
    }
  }
  return client.observation();
}

}  // namespace simplon::probe

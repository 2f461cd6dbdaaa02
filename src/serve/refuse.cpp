#include "net/stream.hpp"
#include "serve/owners.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include <sys/socket.h>

namespace simplon::serve {

namespace {

constexpr std::chrono::seconds linger_time{1};
constexpr std::size_t linger_bytes = 64UZ * 1024;

// Reads and throws away until nothing is left for now, or `most` is used up; false at the end of the stream.
bool discard(net::Socket& socket, std::span<std::byte> scratch, std::size_t& most) {
  net::PlainStream stream(socket);
  while (most > 0) {
    const net::Transfer in = stream.read(scratch.first(std::min(scratch.size(), most)));
    if (in.step == net::Step::want_read) return true;
    if (in.step != net::Step::done) return false;
    most -= in.bytes;
  }
  return true;
}

// Says `farewell` and closes such that it is read.
net::Task<void> close_with(Connection& connection, Bytes farewell) {
  std::size_t most = connection.services.scratch.size();
  const bool open = discard(connection.client, connection.services.scratch, most);
  static_cast<void>(net::PlainStream(connection.client).write(farewell));
  if (open) co_await linger(connection);
}

}  // namespace

void discard_arrived(Connection& connection) {
  std::size_t most = connection.services.scratch.size();
  static_cast<void>(discard(connection.client, connection.services.scratch, most));
}

// Closing a socket with unread bytes makes the kernel send a reset, on which the client throws away what it has
// received: so what it has sent is taken, and what it goes on sending for a while.
net::Task<void> linger(Connection& connection) {
  net::Socket& client = connection.client;
  ::shutdown(client.descriptor(), SHUT_WR);
  const net::Deadline deadline(connection.services.deadlines, linger_time, client);
  std::size_t most = linger_bytes;
  while (discard(client, connection.services.scratch, most) && most > 0) {
    const bool ready = co_await client.wait_readable();
    if (!ready) co_return;
  }
}

net::Task<void> refuse(Connection& connection, Alert alert) {
  connection.facts.alert = static_cast<std::uint8_t>(alert);
  // One record: type alert, legacy version, length 2, fatal (RFC 8446 §5.1, §6).
  const std::array<std::byte, 7> record = {std::byte{21},
                                           std::byte{3},
                                           std::byte{3},
                                           std::byte{0},
                                           std::byte{2},
                                           std::byte{2},
                                           static_cast<std::byte>(alert)};
  co_await close_with(connection, record);
}

net::Task<void> answer_and_close(Connection& connection, std::string answer) {
  co_await close_with(connection, as_bytes(answer));
}

}  // namespace simplon::serve

#include "serve/look.hpp"

#include "simplon/hello/reader.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/socket.h>

namespace simplon::serve {

namespace {

constexpr std::size_t most_taken = 4096;

Arrived outcome_of(std::span<std::byte> stream, ssize_t received) {
  const bool nothing_new = received < 0 && errno == EAGAIN;
  return {.stream = stream, .nothing_new = nothing_new, .ended = received <= 0 && !nothing_new};
}

}  // namespace

Arrived look(Connection& connection) {
  const HelloLimits limits{.hello_bytes = connection.limits().hello_bytes};
  const std::span<std::byte> scratch = connection.services.scratch.first(limits.stream_bytes());
  const int client = connection.client.descriptor();
  std::vector<std::byte>& taken = connection.taken;
  if (taken.empty()) {
    const std::size_t most = std::min(most_taken, scratch.size());
    const ssize_t size = ::recv(client, scratch.data(), most, 0);
    if (size <= 0) return outcome_of(scratch.first(0), size);
    // Judging it joins records in place, and whoever owns the connection wants it as it came.
    taken.assign(scratch.begin(), scratch.begin() + size);
    const bool all = taken.size() < most;
    connection.client.note_drained(all);
    if (all) return outcome_of(scratch.first(taken.size()), size);
  } else {
    std::ranges::copy(taken, scratch.begin());
  }
  const std::span<std::byte> rest = scratch.subspan(taken.size());
  const ssize_t size = ::recv(client, rest.data(), rest.size(), MSG_PEEK);
  const std::size_t peeked = size > 0 ? static_cast<std::size_t>(size) : 0;
  return outcome_of(scratch.first(taken.size() + peeked), size);
}

}  // namespace simplon::serve

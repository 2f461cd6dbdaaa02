// Drives a session as its owner does, with an input that says how the bytes are cut.
#pragma once

#include "serve/http/answering.hpp"
#include "serve/http/session.hpp"

#include <algorithm>
#include <cstdlib>

namespace simplon::serve::http {

/// Each piece is a byte of length, a byte of how much output to take meanwhile, and so many bytes for the session.
/// Output that waits must stay bounded, and a session that is finished must stay so.
inline void drive(ServerSession& session, Bytes input) {
  constexpr std::size_t bound = 128 * 1024;
  ByteReader reader(input);
  while (!reader.empty() && !session.finished()) {
    const std::size_t size = reader.read_u8().value_or(0) * std::size_t{16} + 1;
    const std::size_t take = reader.read_u8().value_or(0) * std::size_t{64};
    const auto piece = reader.read(std::min(size, reader.remaining()));
    if (session.wants_read()) session.receive(*piece);
    const std::size_t waiting = session.pending().size();
    if (waiting > bound) std::abort();
    if (waiting != 0) session.consume(std::min(waiting, take));
  }
  session.shutdown();
  session.receive_end();
  for (std::size_t written = 0; !session.pending().empty();) {
    written += session.pending().size();
    if (written > 4 * 1024 * 1024) std::abort();
    session.consume(session.pending().size());
  }
  if (!session.finished()) std::abort();
}

inline Response answer(const Request& request) {
  static const auto page = std::make_shared<const std::string>(20'000, 'x');
  return {200, {{"x-path", request.path}}, page};
}

}  // namespace simplon::serve::http

// Drives a session that talks to a backend, with an input that says what the backend sends and how it is cut.
#pragma once

#include "serve/http/session.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace simplon::serve::http {

/// The first byte says what is asked. Each piece is a byte of length, a byte of how much of the response to take
/// meanwhile, and so many bytes for the session. What is held must stay bounded, and every exchange must end with a
/// response or broken.
inline void drive_client(ClientSession& session, Bytes input) {
  constexpr std::size_t bound = 256 * 1024;
  ByteReader reader(input);
  const auto exchange = std::make_shared<Exchange>();
  const unsigned kind = reader.read_u8().value_or(0);
  exchange->request.method = (kind & 1) != 0 ? "HEAD" : "GET";
  exchange->request.path = "/";
  exchange->request.authority = "a";
  if ((kind & 2) != 0) exchange->request.upgrade = "websocket";
  exchange->request.has_content = (kind & 4) != 0;
  if (!exchange->request.has_content) exchange->request_body.end();
  if (session.capacity() == 0) std::abort();
  session.start(exchange);
  while (!reader.empty() && !session.finished()) {
    const std::size_t size = reader.read_u8().value_or(0) * std::size_t{16} + 1;
    const std::size_t take = reader.read_u8().value_or(0) * std::size_t{64};
    const auto piece = reader.read(std::min(size, reader.remaining()));
    if (session.wants_read()) session.receive(*piece);
    const std::size_t waiting = session.pending().size();
    if (waiting != 0) session.consume(waiting);
    exchange->interim.clear();
    if (exchange->response_body.size() > bound) std::abort();
    exchange->response_body.consume(std::min(take, exchange->response_body.size()));
    exchange->tell_backend();
  }
  session.receive_end();
  if (!exchange->broken() && !exchange->response) std::abort();
  if (!exchange->broken() && !exchange->response_body.ended()) std::abort();
  if (exchange->backend != nullptr || session.busy()) std::abort();
}

}  // namespace simplon::serve::http

// Both sides of an exchange, for tests of one of them.
#pragma once

#include "serve/http/session.hpp"

#include <memory>
#include <string>
#include <vector>

namespace simplon::serve::http {

/// Writes all there is to write, `most` bytes at a time.
inline std::string drain(Session& session, std::size_t most = 65536) {
  std::string out;
  while (!session.pending().empty()) {
    const Bytes piece = session.pending().first(std::min(most, session.pending().size()));
    out += as_text(piece);
    session.consume(piece.size());
  }
  return out;
}

/// An exchange that remembers how its backend failed.
struct WatchedExchange : Exchange {
  void backend_failed(Failure why, std::string_view text) override {
    failure = why;
    detail = text;
    Exchange::backend_failed(why, text);
  }
  void ended() override { ++ends; }

  Failure failure = Failure::none;
  std::string detail;
  int ends = 0;
};

/// A service that keeps its exchanges for the test to answer.
struct KeepingService : Service {
  std::shared_ptr<Exchange> open() override { return std::make_shared<WatchedExchange>(); }
  void start(std::shared_ptr<Exchange> exchange) override {
    started.push_back(std::static_pointer_cast<WatchedExchange>(exchange));
  }

  std::vector<std::shared_ptr<WatchedExchange>> started;
};

/// A side that counts how often it is told.
struct CountingSide : Side {
  void exchange_changed(Exchange&) override { ++told; }

  int told = 0;
};

}  // namespace simplon::serve::http

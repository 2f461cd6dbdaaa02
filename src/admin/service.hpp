// Answers the requests of one client of the admin server.
#pragma once

#include "admin/respond.hpp"
#include "net/deadline.hpp"
#include "serve/http/answering.hpp"

#include <cstddef>
#include <memory>

namespace simplon::admin {

/// What the clients of a server share.
struct Common {
  /// So many clients may be sent events at a time; more are told to come back.
  static constexpr std::size_t max_streams = 32;

  const Watched& watched;
  net::Poller& poller;
  net::Deadlines& deadlines;
  std::size_t streams = 0;
  bool ending = false;  ///< nothing is waited for any more
};

/// Answers at once, later where shards have to be asked, or for as long as the client listens. HTTP/1.1: one request at
/// a time.
class Service final : public serve::http::Service {
 public:
  explicit Service(Common& common);
  ~Service() override;

  [[nodiscard]] std::shared_ptr<serve::http::Exchange> open() override { return answering_.open(); }
  void start(std::shared_ptr<serve::http::Exchange> exchange) override;

  /// Events are being sent.
  [[nodiscard]] bool streams() const noexcept;

 private:
  class EventStream;

  Common& common_;
  serve::http::AnsweringService answering_;
  std::unique_ptr<EventStream> stream_;
};

}  // namespace simplon::admin

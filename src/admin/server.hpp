// The admin server: plain HTTP/1.1 on an address of its own.
#pragma once

#include "admin/listen.hpp"
#include "admin/service.hpp"
#include "config/config.hpp"
#include "net/deadline.hpp"
#include "net/poller.hpp"
#include "net/socket.hpp"

#include <cstddef>
#include <list>
#include <string>
#include <thread>
#include <vector>

namespace simplon::admin {

/// Serves on a thread of its own: it answers while shards are busy or drain, and its clients, however slow, hold up no
/// connection. Its functions are for the thread that made it.
class Server {
 public:
  /// So many clients at a time; more are turned away.
  static constexpr std::size_t max_clients = 64;

  /// Serves at once. A client has `request_timeout` for a request and its answer, and `idle_timeout` between them; one
  /// that is sent events, `request_timeout` to take what there is.
  Server(Listening listening, Watched watched, const config::Limits& limits);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Ends it, and all its connections.
  ~Server();

  /// Where it listens, with the port that the kernel chose.
  [[nodiscard]] const std::string& address() const noexcept { return listening_.text(); }

 private:
  class Watch;  // NOLINT(cppcoreguidelines-virtual-class-destructor): final, and nobody owns it by its base

  net::Task<void> accept();
  // Takes who waits; false where descriptors or memory have run out.
  bool accept_all();
  net::Task<void> serve(net::Socket& client);

  Watched watched_;
  config::Limits limits_;
  net::asio::io_context context_;
  net::Poller& poller_ = net::Poller::of(context_);
  net::Deadlines deadlines_{context_};
  Common common_{.watched = watched_, .poller = poller_, .deadlines = deadlines_};
  std::vector<std::byte> scratch_;
  Listening listening_;
  net::Socket listener_;
  std::list<net::Socket> clients_;
  std::thread thread_;
};

}  // namespace simplon::admin

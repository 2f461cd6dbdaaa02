// The readiness of a shard's sockets.
#pragma once

#include "net/task.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <sys/epoll.h>

namespace simplon::net {

class Socket;

/// Watches the sockets of an io_context, one per context, and resumes who waits for them. Asio tells the kernel anew of
/// every wait for readiness; here a socket is told of once, edge-triggered, and remembers what has happened since. For
/// Asio all sockets together are one descriptor, watched only while somebody waits, so that `run` ends when all is
/// done.
class Poller : public asio::execution_context::service {
 public:
  using key_type = Poller;
  inline static asio::execution_context::id id;

  explicit Poller(asio::execution_context& context);

  [[nodiscard]] static Poller& of(asio::io_context& context) { return asio::use_service<Poller>(context); }
  [[nodiscard]] asio::io_context& context() noexcept { return context_; }

 private:
  friend class Socket;

  // Tells the kernel which events of `socket` to watch; throws std::system_error where that fails.
  void watch(Socket& socket, std::uint32_t events);
  // `socket` is gone: what was just heard of it concerns nobody.
  void forget(const Socket& socket) noexcept;
  // One wait more, one less.
  void enter() noexcept {
    ++waits_;
    arm();
  }
  void leave() noexcept {
    --waits_;
    arm();
  }

  void arm() noexcept;
  void dispatch();
  void shutdown() noexcept override;

  asio::io_context& context_;
  asio::posix::basic_stream_descriptor<Executor> epoll_;
  std::size_t waits_ = 0;
  bool armed_ = false;
  bool dispatching_ = false;
  std::span<epoll_event> heard_;  // while dispatching, those still to come
};

}  // namespace simplon::net

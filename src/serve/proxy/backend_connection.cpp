#include "serve/proxy/backend_connection.hpp"

#include "serve/proxy/backend_pool.hpp"

#include <cerrno>
#include <cstring>
#include <string>

namespace simplon::serve::proxy {

namespace {

std::string explain(const net::Socket& socket) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? "broke the connection" : std::string("broke the connection: ") + std::strerror(error);
}

}  // namespace

BackendConnection::BackendConnection(BackendPool& pool, std::shared_ptr<const net::BackendGroup> group,
                                     const net::Backend& backend, std::unique_ptr<net::Socket> socket,
                                     std::unique_ptr<http::ClientSession> session, const Settings& settings)
    : pool_(pool),
      group_(std::move(group)),
      backend_(backend),
      socket_(std::move(socket)),
      session_(std::move(session)),
      settings_(settings) {
  session_->wake = [this] { socket_->interrupt(); };
  pool_.enlist(*this);
}

BackendConnection::~BackendConnection() {
  session_->wake = nullptr;
  pool_.remove(*this);
}

void BackendConnection::start(std::shared_ptr<http::Exchange> exchange) {
  idle_.reset();
  session_->start(std::move(exchange));
}

bool BackendConnection::is_open() const noexcept {
  std::byte byte{};
  return ::recv(socket_->descriptor(), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void BackendConnection::look() {
  if (has_capacity()) pool_.offer(*this);
  if (session_->busy()) {
    idle_.reset();
  } else if (!idle_) {
    idle_.emplace(settings_.deadlines, settings_.idle_timeout, *socket_);
  }
}

net::Task<void> BackendConnection::run(std::shared_ptr<BackendConnection> self) {
  const ConversationEnd end =
      co_await converse(self->settings_.scratch, net::PlainStream(*self->socket_), *self->session_, *self);
  self->idle_.reset();
  if (end == ConversationEnd::broke) {
    self->session_->fail(http::Failure::broke_off, explain(*self->socket_));
  } else {
    self->session_->fail(http::Failure::broke_off, "the connection was given up");
  }
}

}  // namespace simplon::serve::proxy

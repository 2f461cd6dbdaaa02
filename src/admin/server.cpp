#include "admin/server.hpp"

#include "net/stream.hpp"
#include "serve/converse.hpp"
#include "serve/http/http1_session.hpp"

#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::admin {

namespace {

constexpr std::size_t scratch_bytes = 16384;
constexpr std::chrono::milliseconds accept_pause{100};

}  // namespace

// A client's deadlines.
class Server::Watch final : public serve::Listener {
 public:
  Watch(net::Deadlines& deadlines, const config::Limits& limits, net::Socket& client, const Service& service,
        serve::http::ServerSession& session)
      : deadlines_(deadlines), limits_(limits), client_(client), service_(service), session_(session) {}

  void look() override {
    const State state = look_at_session();
    if (deadline_ && state == state_) return;
    state_ = state;
    deadline_.reset();
    if (state == State::listening) return;
    deadline_.emplace(deadlines_, state == State::idle ? limits_.idle_timeout : limits_.request_timeout, client_);
  }
  // Once an answer is written, its time is over.
  void moved(std::size_t /*in*/, std::size_t /*out*/) override { look(); }

 private:
  enum class State : std::uint8_t {
    idle,
    working,
    listening,  // has all events so far
    behind,     // has not
  };

  [[nodiscard]] State look_at_session() {
    const bool pending = !session_.pending().empty();
    if (service_.streams()) return pending ? State::behind : State::listening;
    return session_.reads_head() || session_.busy() || pending ? State::working : State::idle;
  }

  net::Deadlines& deadlines_;
  const config::Limits& limits_;
  net::Socket& client_;
  const Service& service_;
  serve::http::ServerSession& session_;
  std::optional<net::Deadline> deadline_;
  State state_ = State::idle;
};

Server::Server(Listening listening, Watched watched, const config::Limits& limits)
    : watched_(std::move(watched)),
      limits_(limits),
      scratch_(scratch_bytes),
      listening_(std::move(listening)),
      listener_(poller_, listening_.take()) {
  net::spawn(poller_, accept());
  poller_.keep(true);
  thread_ = std::thread([this] { poller_.run(); });
}

Server::~Server() {
  boost::asio::post(context_, [this] {
    common_.ending = true;
    listener_.abort();
    for (net::Socket& client : clients_)
      client.abort();
    poller_.keep(false);
  });
  poller_.wake();
  thread_.join();
}

net::Task<void> Server::accept() {
  co_await listener_.take_turn();  // nobody is accepted before the loop runs
  while (!listener_.aborted()) {
    bool taken = accept_all();
    if (taken) {
      try {
        co_await listener_.wait_readable();
      } catch (const std::exception&) {
        taken = false;
      }
    }
    if (!taken) co_await net::sleep(deadlines_, accept_pause);
  }
}

bool Server::accept_all() {
  for (;;) {
    const int descriptor = ::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      if (errno == EAGAIN) return true;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return false;
      continue;  // that one is gone already
    }
    if (clients_.size() >= max_clients) {
      ::close(descriptor);
      continue;
    }
    const auto client = clients_.emplace(clients_.end(), poller_, descriptor);
    net::spawn(poller_, serve(*client),
               [this, client](const std::exception_ptr& /*failure*/) { clients_.erase(client); });
  }
}

net::Task<void> Server::serve(net::Socket& client) {
  Service service(common_);
  serve::http::Http1Session session(service, {.header_bytes = limits_.header_bytes});
  session.wake = [&client] { client.interrupt(); };
  Watch watch(deadlines_, limits_, client, service, session);
  co_await serve::converse(scratch_, net::PlainStream(client), session, watch);
}

}  // namespace simplon::admin

#include "serve/speak_http.hpp"

#include "serve/converse.hpp"
#include "serve/http/http1_session.hpp"
#include "serve/http/http2_session.hpp"
#include "serve/owners.hpp"
#include "serve/tls_stream.hpp"

#include <optional>

namespace simplon::serve {

namespace {

// The client's deadlines, and the drain.
class ClientWatch final : public Listener {
 public:
  ClientWatch(Connection& connection, http::ServerSession& session)
      : connection_(connection),
        session_(session),
        idle_(connection.services.deadlines, connection.limits().idle_timeout, connection.client) {}

  void look() override {
    if (connection_.services.draining && !told_to_stop_) {
      told_to_stop_ = true;
      session_.shutdown();
      patience_.emplace(connection_.services.deadlines, connection_.client);
    }
    if (patience_ && patience_->expired()) {
      // It has not noticed, or does not read.
      patience_.reset();
      session_.shutdown();
    }
    if (!session_.reads_head()) {
      head_.reset();
    } else if (!head_) {
      head_.emplace(connection_.services.deadlines, connection_.limits().request_timeout, connection_.client);
    }
  }

  void moved(std::size_t in, std::size_t out) override {
    connection_.bytes_in.add(in);
    connection_.bytes_out.add(out);
    idle_.restart();
  }

  [[nodiscard]] record::Reason why_aborted() const noexcept {
    if (head_ && head_->expired()) return record::Reason::request_timeout;
    return idle_.expired() ? record::Reason::idle_timeout : record::Reason::drained;
  }

 private:
  // How long a client has to notice that no more requests are taken.
  class Patience final : public net::Timer {
   public:
    Patience(net::Deadlines& deadlines, net::Socket& client)
        : Timer(deadlines, std::chrono::seconds(1)), client_(client) {}

   private:
    void fire() override { client_.interrupt(); }

    net::Socket& client_;
  };

  Connection& connection_;
  http::ServerSession& session_;
  net::Deadline idle_;
  std::optional<net::Deadline> head_;
  std::optional<Patience> patience_;
  bool told_to_stop_ = false;
};

std::unique_ptr<http::ServerSession> make_session(const Connection& connection, bool h2, http::Service& service) {
  const config::Limits& limits = connection.limits();
  const http::Limits kept{
      .header_bytes = limits.header_bytes, .streams = limits.streams, .resets_per_minute = limits.resets_per_minute};
  if (h2) return std::make_unique<http::Http2Session>(service, kept);
  return std::make_unique<http::Http1Session>(service, kept);
}

void note_failure(Connection& connection, const TlsStream& stream) { stream.note_failure(connection); }
void note_failure(Connection& connection, const net::PlainStream& /*stream*/) {
  connection.fail(record::Reason::client_reset);
}

// A connection that ends for how HTTP was spoken on it. A request that was refused is counted where it is recorded.
void count_refusal(Connection& connection) {
  const record::Reason reason = connection.facts.reason;
  const bool whole_connection = connection.facts.selected == "h2" && reason == record::Reason::protocol_violation;
  if (whole_connection || reason == record::Reason::flood || reason == record::Reason::request_timeout)
    connection.services.counters.count_http_refusal(reason);
}

// Serves until the session is finished or the connection is; what went wrong is noted. True where what was said last
// should be seen.
template <net::Stream S>
net::Task<bool> serve_session(Connection& connection, S stream, http::ServerSession& session) {
  session.wake = [&connection] { connection.client.interrupt(); };
  ClientWatch watch(connection, session);
  const ConversationEnd end = co_await converse(connection.services.scratch, stream, session, watch);
  session.wake = nullptr;
  if (session.flooded()) connection.fail(record::Reason::flood, "more frames or resets than the limits allow");
  if (session.violated()) connection.fail(record::Reason::protocol_violation);
  if (end == ConversationEnd::aborted) connection.fail(watch.why_aborted());
  if (end == ConversationEnd::broke) note_failure(connection, stream);
  count_refusal(connection);
  // A response that was cut must not look finished: no close_notify (RFC 9112 §9.8), and no orderly end.
  if (session.cut()) connection.client.reset_on_close();
  if (end != ConversationEnd::finished || session.cut()) co_return false;
  co_await net::finish(stream);
  co_return true;
}

}  // namespace

net::Task<void> speak_http(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice,
                           MakeService make_service) {
  tls::ServerConnection tls = make_tls(*connection, *choice);
  const bool connected = co_await shake_hands(*connection, tls);
  if (!connected) {
    co_await linger(*connection);
    co_return;
  }
  const std::unique_ptr<http::Service> service = make_service(tls);
  make_service = nullptr;
  std::unique_ptr<http::ServerSession> session = make_session(*connection, choice->selected == protocol::h2, *service);
  const bool orderly = co_await serve_session(*connection, TlsStream(connection->client, tls), *session);
  session.reset();  // requests under way are given up
  if (orderly) co_await linger(*connection);
  connection->client.abort();  // so is dialing on their behalf
}

net::Task<void> speak_plain_http(std::shared_ptr<Connection> connection, std::unique_ptr<http::Service> service) {
  const std::unique_ptr<http::ServerSession> session = make_session(*connection, false, *service);
  const bool orderly = co_await serve_session(*connection, net::PlainStream(connection->client), *session);
  if (orderly) co_await linger(*connection);
}

}  // namespace simplon::serve

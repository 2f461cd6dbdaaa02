#include "serve/proxy/forwarding.hpp"

#include "route/serves.hpp"
#include "serve/http/common.hpp"
#include "serve/http/http1_client.hpp"
#include "serve/http/http2_client.hpp"
#include "serve/proxy/backend_pool.hpp"
#include "simplon/hello/server_name.hpp"
#include "tls/base64.hpp"
#include "tls/websocket.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <sys/socket.h>

namespace simplon::serve::proxy {

namespace {

// RFC 9110 §9.2.2.
bool is_idempotent(std::string_view method) noexcept {
  static constexpr std::array<std::string_view, 6> methods = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};
  return std::ranges::find(methods, method) != methods.end();
}

record::Reason reason_of(http::Failure failure) noexcept {
  switch (failure) {
    case http::Failure::none:
      return record::Reason::none;
    case http::Failure::unreachable:
      return record::Reason::backend_unreachable;
    case http::Failure::timed_out:
      return record::Reason::backend_timeout;
    case http::Failure::broke_off:
      return record::Reason::backend_reset;
    case http::Failure::bad_response:
      return record::Reason::bad_response;
    case http::Failure::overloaded:
      return record::Reason::overloaded;
  }
  return record::Reason::internal;
}

http::Sender describe(const Connection& connection, const std::optional<tls::ClientCertificate>& certificate) {
  http::Sender client{.address = connection.peer.address_text(), .certificate = {}, .certificate_name = {}};
  if (certificate) {
    client.certificate = ':' + tls::to_base64(certificate->der) + ':';  // RFC 9440 §2.1
    client.certificate_name = http::escape_name(certificate->common_name);
  }
  return client;
}

record::RequestProtocol counted_as(http::Version version) noexcept {
  switch (version) {
    case http::Version::http_1_0:
      return record::RequestProtocol::http_1_0;
    case http::Version::http_1_1:
      return record::RequestProtocol::http_1_1;
    case http::Version::http_2:
      return record::RequestProtocol::h2;
  }
  return record::RequestProtocol::http_1_1;
}

}  // namespace

// An exchange that finds its backend.
class ForwardingService::Forwarded final : public http::Exchange {
 public:
  Forwarded(std::shared_ptr<Connection> connection, const ForwardingService& service)
      : connection_(std::move(connection)),
        route_(service.route_),
        action_(service.action_),
        backends_(service.backends_) {}

  void forward(std::shared_ptr<Exchange> self, const http::Sender& sender) {
    begun_ = true;
    http::make_forwardable(request, sender, action_.h2c);
    if (request.version == http::Version::http_2 && !request.upgrade.empty()) {
      // The backend is asked as HTTP/1.1 does it, with a key of our own (RFC 6455 §4.1).
      websocket_key_ = tls::make_websocket_key();
      request.fields.push_back({"sec-websocket-key", websocket_key_});
    }
    arm();
    ask(std::move(self), false);
  }

  void refuse(unsigned status, std::string_view explanation, record::Reason reason) {
    begun_ = true;
    note(reason, {});
    respond(http::refusal(status, explanation));
  }

  void backend_failed(http::Failure failure, std::string_view detail) override {
    backend = nullptr;
    if (may_ask_again(failure)) {
      asked_again_ = true;
      ask(self_.lock(), true);
      return;
    }
    // Dialing has counted those that could not be reached.
    if (failure == http::Failure::broke_off || failure == http::Failure::bad_response)
      connection_->services.counters.count_backend_error(backend_text_);
    note(reason_of(failure), detail);
    Exchange::backend_failed(failure, detail);
  }

  std::string_view objection_to_response() override {
    timer_.reset();
    if (websocket_key_.empty() || response->status != 101) return {};
    const auto accepted = response->fields.find("sec-websocket-accept");
    if (accepted != tls::accept_websocket(websocket_key_)) return "a wrong Sec-WebSocket-Accept (RFC 6455 §4.1)";
    response->fields.remove("sec-websocket-accept");
    return {};
  }

  void ended() override {
    timer_.reset();
    if (!begun_ && !response) return;
    if (!begun_) note(record::Reason::bad_request, {});
    if (!answered() && !upgraded()) note(record::Reason::client_closed, {});
    record();
  }

 private:
  // Tells that the backend did not begin to answer in time.
  class ResponseTimer final : public net::Timer {
   public:
    ResponseTimer(Forwarded& exchange, net::Deadlines& deadlines, std::chrono::milliseconds timeout)
        : Timer(deadlines, timeout), exchange_(exchange) {}

   private:
    void fire() override { exchange_.look_at_time(); }

    Forwarded& exchange_;
  };

  void arm() { timer_.emplace(*this, connection_->services.deadlines, connection_->limits().response_timeout); }

  void look_at_time() {
    if (response || abandoned()) return;
    if (!request_body.finished() && request.has_content) return arm();  // the client still speaks
    abandon_backend();
    connection_->services.counters.count_backend_error(backend_text_);
    note(record::Reason::backend_timeout, "no response in time");
    Exchange::backend_failed(http::Failure::timed_out, {});
  }

  [[nodiscard]] bool may_ask_again(http::Failure failure) const noexcept {
    if (asked_again_ || response || abandoned() || connection_->services.draining) return false;
    if (request.has_content || !request.upgrade.empty()) return false;  // it may be half sent
    return failure == http::Failure::overloaded ||
           (failure == http::Failure::broke_off && is_idempotent(request.method));
  }

  // The backend that is next in turn, on a connection that is there or on a new one.
  void ask(std::shared_ptr<Exchange> self, bool anew) {
    self_ = self;
    const net::BackendOrder order = backends_.order();
    const net::Backend& next = backends_.backend(order.front());
    backend_text_ = next.text;
    if (!anew) {
      if (const auto pooled = find(next)) return pooled->start(std::move(self));
      const auto then = [self, this](const net::DialError* failure) {
        if (abandoned() || response) return;
        if (failure != nullptr) return fail_to_reach(*failure);
        ask(self, false);
      };
      if (action_.h2c && connection_->services.pool.join(next, then)) return;
    }
    net::spawn(connection_->services.poller, dial_and_ask(self, *this, order),
               [self, this, &next](const std::exception_ptr& exception) {
                 if (!exception) return;
                 // Memory ran out: nobody may be left waiting for this.
                 const net::DialError failure{.not_tried = true, .backend = next.text, .detail = "no memory"};
                 if (!abandoned() && !response) fail_to_reach(failure);
                 connection_->services.pool.made(next, &failure);
               });
  }

  // A pooled connection; where the request can't be repeated, one that the backend has not closed meanwhile.
  [[nodiscard]] std::shared_ptr<BackendConnection> find(const net::Backend& next) const {
    BackendPool& pool = connection_->services.pool;
    auto found = pool.find(next);
    while (found && !action_.h2c && (request.has_content || !is_idempotent(request.method)) && !found->is_open()) {
      found->session().fail(http::Failure::broke_off, {});
      found->abort();
      found = pool.find(next);
    }
    return found;
  }

  // Everything is kept alive by `self`.
  static net::Task<void> dial_and_ask(std::shared_ptr<Exchange> self, Forwarded& exchange, net::BackendOrder order) {
    Connection& connection = *exchange.connection_;
    const std::size_t first = order.front();
    auto dialed = co_await net::dial(connection.services.dialer(), exchange.backends_, std::move(order),
                                     connection.limits().connect_timeout, connection.client);
    const net::Backend& wanted = exchange.backends_.backend(first);
    if (!dialed) {
      if (!exchange.abandoned() && !exchange.response) exchange.fail_to_reach(dialed.error());
      connection.services.pool.made(wanted, &dialed.error());
      co_return;
    }
    exchange.backend_text_ = dialed->backend->text;
    const std::shared_ptr<BackendConnection> fresh = exchange.open_session(std::move(*dialed));
    // Where nobody waits any more, the next one finds the connection in the pool.
    if (!exchange.abandoned() && !exchange.response) fresh->start(self);
    connection.services.pool.offer(*fresh);
    connection.services.pool.made(wanted, nullptr);
    net::spawn(connection.services.poller, BackendConnection::run(fresh));
  }

  void fail_to_reach(const net::DialError& error) {
    backend_text_ = {};
    for (std::size_t i = 0; i < backends_.size(); ++i) {
      if (backends_.backend(i).text == error.backend) backend_text_ = backends_.backend(i).text;
    }
    http::Failure failure = error.timed_out ? http::Failure::timed_out : http::Failure::unreachable;
    if (error.not_tried) failure = http::Failure::overloaded;
    asked_again_ = true;  // all have been tried
    backend_failed(failure, error.detail);
  }

  [[nodiscard]] std::shared_ptr<BackendConnection> open_session(net::Dialed dialed) const {
    const config::Limits& limits = connection_->limits();
    Services& services = connection_->services;
    std::unique_ptr<http::ClientSession> session;
    if (action_.h2c) {
      session = std::make_unique<http::Http2Client>(limits.header_bytes);
    } else {
      session = std::make_unique<http::Http1Client>(limits.header_bytes);
    }
    return std::make_shared<BackendConnection>(
        services.pool, connection_->snapshot->backends(route_), *dialed.backend, std::move(dialed.socket),
        std::move(session),
        BackendConnection::Settings{services.deadlines, services.scratch, limits.backend_idle_timeout});
  }

  // A client may leave as soon as it has all that was announced, before the backend has said that this was all.
  [[nodiscard]] bool answered() const noexcept {
    return response_body.finished() || (response && response->length == response_body.consumed());
  }

  void note(record::Reason reason, std::string_view detail) {
    if (reason_ != record::Reason::none) return;
    reason_ = reason;
    error_ = detail;
  }

  void count(std::chrono::microseconds total) {
    record::Counters& counters = connection_->services.counters;
    record::CountedRequest counted{.protocol = counted_as(request.version),
                                   .status = {},
                                   .bytes_in = request_body.consumed(),
                                   .bytes_out = response_body.consumed(),
                                   .total = total};
    if (response) counted.status = response->status;
    counters.count_request(counted);
    if (reason_ == record::Reason::bad_request || reason_ == record::Reason::misdirected)
      counters.count_http_refusal(reason_);
  }

  void record() {
    const auto total = std::chrono::duration_cast<std::chrono::microseconds>(Connection::Clock::now() - began_);
    count(total);
    if (!connection_->services.recorder.wants_detail()) return;
    record::Request facts;
    facts.started = started_;
    facts.listener = connection_->facts.listener;
    facts.client = connection_->peer.to_text();
    facts.route = connection_->config().routes[route_].number;
    facts.method = request.method;
    facts.authority = request.authority.value_or("");
    facts.path = request.path.substr(0, request.path.find('?'));
    if (response) facts.status = response->status;
    facts.protocol = name_of(counted_as(request.version));
    facts.backend = backend_text_;
    if (!backend_text_.empty()) facts.backend_protocol = action_.h2c ? "h2c" : "http/1.1";
    facts.bytes_in = request_body.consumed();
    facts.bytes_out = response_body.consumed();
    facts.total = total;
    facts.reason = reason_;
    facts.error = error_;
    connection_->services.recorder.record(facts);
  }

  std::shared_ptr<Connection> connection_;
  std::uint32_t route_;
  const config::Http& action_;
  const net::BackendGroup& backends_;
  std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  Connection::Clock::time_point began_ = Connection::Clock::now();
  std::weak_ptr<Exchange> self_;
  std::optional<ResponseTimer> timer_;
  std::string_view backend_text_;
  record::Reason reason_ = record::Reason::none;
  std::string error_;
  std::string websocket_key_;
  bool begun_ = false;
  bool asked_again_ = false;
};

ForwardingService::ForwardingService(std::shared_ptr<Connection> connection, std::uint32_t route,
                                     std::optional<ProtocolIdView> selected,
                                     const std::optional<tls::ClientCertificate>& certificate)
    : connection_(std::move(connection)),
      route_(route),
      action_(std::get<config::Http>(connection_->config().routes[route].action)),
      backends_(*connection_->snapshot->backends(route)),
      selected_(selected),
      client_(describe(*connection_, certificate)) {}

std::shared_ptr<http::Exchange> ForwardingService::open() { return std::make_shared<Forwarded>(connection_, *this); }

void ForwardingService::start(std::shared_ptr<http::Exchange> exchange) {
  auto& forwarded = static_cast<Forwarded&>(*exchange);
  const http::Request& request = forwarded.request;
  if (request.method == "CONNECT" && request.upgrade.empty()) {
    return forwarded.refuse(501, "This gateway opens no tunnels.", record::Reason::bad_request);
  }
  if (!request.authority || !serves(*request.authority)) {
    return forwarded.refuse(421, "Another connection is needed for this host (RFC 9110 §15.5.20).",
                            record::Reason::misdirected);
  }
  // Over HTTP/2 only WebSocket has a way to be asked of an HTTP/1.1 backend (RFC 8441 §5).
  const bool unknown = request.version == http::Version::http_2 && request.upgrade != "websocket";
  if (!request.upgrade.empty() && (action_.h2c || unknown)) {
    return forwarded.refuse(501, "The application behind this gateway has no such upgrade.",
                            record::Reason::bad_request);
  }
  forwarded.forward(exchange, client_);
}

bool ForwardingService::serves(std::string_view authority) {
  if (authority == known_authority_) return true;
  const std::string_view host = http::host_of(authority);
  const auto name = ServerName::from(as_bytes(host));
  std::optional<std::string_view> text;
  if (name) text = name->text();
  if (!route::serves(connection_->config().table, connection_->listener, route_, text, selected_)) return false;
  known_authority_ = authority;
  return true;
}

}  // namespace simplon::serve::proxy

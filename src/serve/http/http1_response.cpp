#include "serve/http/http1_response.hpp"

#include "serve/http/common.hpp"
#include "serve/http/http1_message.hpp"

#include <optional>

namespace simplon::serve::http {

namespace {

class Collector final : public Http1Message<false> {
 public:
  Collector(std::size_t header_bytes, Body& content, bool to_head) : Http1Message(header_bytes, content) {
    skip(to_head);
  }

  Response response;
  std::string_view bad;  ///< a rule of ours that is broken

 private:
  void on_request_impl(beast::verb, boost::beast::string_view, boost::beast::string_view, int, error_code&) override {}
  void on_response_impl(int status, boost::beast::string_view reason, int, error_code&) override {
    response.status = static_cast<unsigned>(status);
    count(reason.size() + 15);
  }

  void take_field(std::string_view name, std::string_view value) override {
    if (equal_ignoring_case(name, "content-length")) return take_length(value);
    if (equal_ignoring_case(name, "transfer-encoding") && !equal_ignoring_case(value, "chunked")) {
      bad = "a transfer coding other than chunked (RFC 9112 §6.1)";
    }
    // Those of the connection end here (RFC 9110 §7.6.1); what Connection names besides is removed with the head.
    if (equal_ignoring_case(name, "connection")) connection_.add_lower(name, value);
    if (is_hop_by_hop(name)) {
      if (equal_ignoring_case(name, "upgrade")) upgrade = value;
      return;
    }
    response.fields.add_lower(name, value);
  }
  // RFC 9112 §5.2 has a gateway replace a fold by spaces, which the parser has done.
  void take_fold() override {}

  void on_header_impl(error_code&) override {
    for (const Field field : connection_)
      remove_named(response.fields, field.value);
  }

  void take_length(std::string_view value) {
    const auto length = parse_length(value);
    if (!length || (response.length && response.length != length)) bad = "Content-Length is not one number";
    response.length = length;
  }

  Fields connection_;

 public:
  std::string upgrade;  ///< the field's value
};

}  // namespace

struct Http1ResponseParser::State {
  std::size_t header_bytes;
  Exchange* exchange = nullptr;
  std::optional<Collector> collector;
  bool head_told = false;
  bool started = false;

  void begin() {
    collector.emplace(header_bytes, exchange->response_body, exchange->request.method == "HEAD");
    head_told = false;
  }
};

Http1ResponseParser::Http1ResponseParser(std::size_t header_bytes)
    : state_(new State{.header_bytes = header_bytes, .exchange = nullptr, .collector = {}}) {}
Http1ResponseParser::~Http1ResponseParser() = default;

void Http1ResponseParser::begin(Exchange& exchange) {
  state_->exchange = &exchange;
  state_->started = false;
  state_->begin();
}

bool Http1ResponseParser::started() const noexcept { return state_->started; }
bool Http1ResponseParser::keep_alive() const noexcept { return state_->collector->keep_alive(); }

std::expected<Http1ResponseParser::Step, std::string_view> Http1ResponseParser::read(Bytes input, std::size_t& used) {
  State& state = *state_;
  Collector& collector = *state.collector;
  used = 0;
  if (input.empty() && !collector.is_done()) return Step::need_more;
  state.started = true;
  error_code error;
  if (!collector.is_header_done()) {
    used = collector.read_head(input, error);
  } else if (!collector.is_done()) {
    used = collector.read_content(input, error);
  }
  if (error && error != beast::error::need_more) return std::unexpected("no response of HTTP/1.1 (RFC 9112)");
  if (collector.is_header_done() && !state.head_told) {
    if (!collector.bad.empty()) return std::unexpected(collector.bad);
    Exchange& exchange = *state.exchange;
    const unsigned status = collector.response.status;
    if (status < 100 || status > 599) return std::unexpected("a status that does not exist");
    if (status == 101) {
      // RFC 9110 §15.2.2: only to who asked, and for what was asked.
      if (exchange.request.upgrade.empty() || !equal_ignoring_case(collector.upgrade, exchange.request.upgrade))
        return std::unexpected("101 (Switching Protocols) that nobody asked for");
    } else if (status < 200) {
      exchange.interim.push_back(std::move(collector.response));
      if (exchange.interim.size() > 16) return std::unexpected("too many interim responses");
      exchange.response_body.reopen();  // the parser has ended it with the head
      state.begin();
      return Step::interim;
    }
    state.head_told = true;
    exchange.response = std::move(collector.response);
    return Step::head;
  }
  if (collector.is_done()) return Step::whole;
  if (error && input.size() - used > state.header_bytes) return std::unexpected("a line is too long");
  return Step::need_more;
}

bool Http1ResponseParser::read_end() {
  error_code error;
  if (!state_->head_told || state_->collector->is_done()) return false;
  state_->collector->put_eof(error);
  return !error;
}

}  // namespace simplon::serve::http

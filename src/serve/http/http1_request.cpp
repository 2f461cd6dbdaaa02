#include "serve/http/http1_request.hpp"

#include "serve/http/common.hpp"
#include "serve/http/http1_message.hpp"

#include <algorithm>
#include <optional>

namespace simplon::serve::http {

namespace {

constexpr std::string_view preface = "PRI * HTTP/2.0";

// Collects a request from the parser's callbacks. A rule of ours that is broken is kept in `bad`; the parser reads on
// to the end of the head, where it is looked at.
class Collector final : public Http1Message<true> {
 public:
  Collector(std::size_t header_bytes, Exchange& exchange)
      : Http1Message(header_bytes, exchange.request_body), request_(exchange.request) {}

  std::optional<BadRequest> bad;

 private:
  void on_request_impl(beast::verb, boost::beast::string_view method, boost::beast::string_view target, int version,
                       error_code&) override {
    request_.method = to_std(method);
    request_.version = version == 10 ? Version::http_1_0 : Version::http_1_1;
    count(method.size() + target.size() + 12);
    take_target(to_std(target));
  }
  void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}

  void take_field(std::string_view name, std::string_view value) override {
    if (equal_ignoring_case(name, "host")) return take_host(value);
    if (equal_ignoring_case(name, "content-length")) return take_length(value);
    if (equal_ignoring_case(name, "transfer-encoding")) take_transfer_encoding(value);
    if (equal_ignoring_case(name, "expect")) take_expect(value);
    if (equal_ignoring_case(name, "upgrade")) upgrade_ = value;
    request_.fields.add_lower(name, value);
  }

  // RFC 9112 §5.2: a server refuses obs-fold, which others read as the end of the field.
  void take_fold() override { refuse(400, "a folded field line (RFC 9112 §5.2)"); }

  void on_header_impl(error_code&) override {
    // RFC 9112 §3.2: a request of version 1.1 without Host is answered with 400.
    if (request_.version == Version::http_1_1 && !host_seen_) refuse(400, "Host is missing (RFC 9112 §3.2)");
    // RFC 9112 §6.1: a Transfer-Encoding in version 1.0 has a faulty framing.
    if (request_.version == Version::http_1_0 && transfer_encoding_seen_)
      refuse(400, "Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1)");
    // RFC 9112 §6.3: chunked must come last in a request.
    if (transfer_encoding_seen_ && !chunked()) refuse(400, "the last transfer coding is not chunked (RFC 9112 §6.3)");
    if (other_coding_) refuse(501, "a transfer coding other than chunked (RFC 9112 §6.1)");
    if (unknown_expectation_) refuse(417, "an unknown expectation (RFC 9110 §10.1.1)");
    if (target_authority_) request_.authority = std::move(target_authority_);
    request_.has_content = chunked() || request_.length.value_or(0) > 0;
    // RFC 9110 §7.8: an upgrade is asked for by both fields, in version 1.1.
    if (upgrade() && request_.version == Version::http_1_1 && !request_.has_content) request_.upgrade = upgrade_;
  }

  // The first rule that is broken is the one to be told of.
  void refuse(unsigned status, std::string_view explanation) noexcept {
    if (!bad) bad = BadRequest{status, explanation};
  }

  void take_target(std::string_view target) {
    if (!is_target(target)) refuse(400, "a character that a request target can't have (RFC 9112 §3.2)");
    if (request_.method == "CONNECT") {
      // Authority-form (RFC 9112 §3.2.3). Whoever answers says what it thinks of the method.
      if (!valid_authority(target)) refuse(400, "the request target is no authority (RFC 9112 §3.2.3)");
      return;
    }
    if ((target == "*" && request_.method == "OPTIONS") || target.starts_with('/')) {  // RFC 9112 §3.2.4, §3.2.1
      request_.path = target;
      return;
    }
    take_absolute_form(target);
  }

  // RFC 9112 §3.2.2: a server must take absolute-form, and its host then stands before Host.
  void take_absolute_form(std::string_view target) {
    const std::size_t scheme_end = target.find("://");
    const std::string_view scheme = target.substr(0, std::min(scheme_end, target.size()));
    if (scheme_end == std::string_view::npos ||
        (!equal_ignoring_case(scheme, "https") && !equal_ignoring_case(scheme, "http")))
      return refuse(400, "the request target has none of the four forms (RFC 9112 §3.2)");
    const std::string_view rest = target.substr(scheme_end + 3);
    const std::size_t path_start = std::min(rest.find_first_of("/?"), rest.size());
    if (!valid_authority(rest.substr(0, path_start))) return refuse(400, "the request target's host (RFC 9112 §3.2.2)");
    target_authority_ = rest.substr(0, path_start);
    request_.path = rest.substr(path_start);
    if (!request_.path.starts_with('/')) request_.path.insert(0, 1, '/');
  }

  void take_host(std::string_view value) {
    // RFC 9112 §3.2: more than one Host, or an invalid one, is answered with 400.
    if (host_seen_) refuse(400, "more than one Host (RFC 9112 §3.2)");
    if (!valid_authority(value)) refuse(400, "Host is invalid (RFC 9112 §3.2)");
    host_seen_ = true;
    request_.authority = value;
  }

  // RFC 9112 §6.3: a list of equal lengths is tolerable, and so refusable; between two readers it is a way to smuggle.
  void take_length(std::string_view value) {
    const auto length = parse_length(value);
    if (!length || request_.length) return refuse(400, "Content-Length is not one number (RFC 9112 §6.3)");
    request_.length = length;
  }

  void take_transfer_encoding(std::string_view value) {
    if (transfer_encoding_seen_) refuse(400, "more than one Transfer-Encoding (RFC 9112 §6.1)");
    transfer_encoding_seen_ = true;
    if (!equal_ignoring_case(value, "chunked")) other_coding_ = true;
  }

  void take_expect(std::string_view value) {
    // RFC 9110 §10.1.1: an expectation in version 1.0 is ignored.
    if (request_.version == Version::http_1_0) return;
    if (equal_ignoring_case(value, "100-continue")) {
      request_.expects_continue = true;
    } else {
      unknown_expectation_ = true;
    }
  }

  Request& request_;
  std::string upgrade_;
  std::optional<std::string> target_authority_;
  bool host_seen_ = false;
  bool transfer_encoding_seen_ = false;
  bool other_coding_ = false;
  bool unknown_expectation_ = false;
};

BadRequest bad_request_of(const error_code& error, bool in_head, bool is_preface) noexcept {
  // RFC 7301 §3.2: the selected protocol is definitive, so a client may not turn to HTTP/2 (RFC 9113 §3.4).
  if (is_preface) return {400, "HTTP/2 where http/1.1 was selected (RFC 7301 §3.2)"};
  if (error == beast::error::header_limit) return {in_head ? 431U : 400U, "the header is too large (RFC 6585 §5)"};
  if (error == beast::error::bad_version) return {505, "not HTTP/1.1 (RFC 9110 §15.6.6)"};
  return {400, "not a request of HTTP/1.1 (RFC 9112)"};
}

}  // namespace

struct Http1RequestParser::State {
  std::size_t header_bytes;
  std::optional<Collector> collector;
  bool blank_line_skipped = false;
  bool head_told = false;
};

Http1RequestParser::Http1RequestParser(const Limits& limits)
    : state_(new State{.header_bytes = limits.header_bytes, .collector = {}}) {}
Http1RequestParser::~Http1RequestParser() = default;

void Http1RequestParser::begin(Exchange& exchange) {
  state_->collector.emplace(state_->header_bytes, exchange);
  state_->blank_line_skipped = state_->head_told = false;
}

bool Http1RequestParser::keep_alive() const noexcept { return state_->collector->keep_alive(); }

std::expected<Http1RequestParser::Step, BadRequest> Http1RequestParser::read(Bytes input, std::size_t& used) {
  State& state = *state_;
  Collector& collector = *state.collector;
  used = 0;
  if (!collector.got_some() && !state.blank_line_skipped) {
    // RFC 9112 §2.2: an empty line before the request line is ignored; one, so that it can't be made a way to idle.
    if (as_text(input) == "\r") return Step::need_more;
    if (as_text(input).starts_with("\r\n")) used = 2;
    state.blank_line_skipped = used != 0;
    input = input.subspan(used);
  }
  const bool in_head = !collector.is_header_done();
  error_code error;
  if (in_head && !input.empty()) {
    used += collector.read_head(input, error);
  } else if (!in_head && !collector.is_done() && !input.empty()) {
    used += collector.read_content(input, error);
  }
  if (collector.is_header_done() && collector.bad) return std::unexpected(*collector.bad);
  if (error && error != beast::error::need_more) {
    return std::unexpected(bad_request_of(error, in_head, in_head && as_text(input).starts_with(preface)));
  }
  if (collector.is_header_done() && !state.head_told) {
    state.head_told = true;
    return Step::head;
  }
  if (collector.is_done()) return Step::whole;
  // What the parser leaves unread is one line, or the trailers.
  if (error && input.size() - used > state.header_bytes) {
    return std::unexpected(BadRequest{in_head ? 431U : 400U, "a line is too long"});
  }
  return Step::need_more;
}

}  // namespace simplon::serve::http

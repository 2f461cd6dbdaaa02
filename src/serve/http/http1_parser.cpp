#include "serve/http/http1_parser.hpp"

#include "serve/http/common.hpp"

#include <algorithm>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>

namespace simplon::serve::http {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

namespace {

std::string_view to_std(string_view text) noexcept { return {text.data(), text.size()}; }

/// Collects a request from the parser's callbacks. A rule of ours that is broken is kept in `bad`; the parser reads on
/// to the end of the header, where it is looked at.
class Collector final : public beast::basic_parser<true> {
 public:
  explicit Collector(const Limits& limits) : limits_(limits) {
    eager(true);
    body_limit(limits.body_bytes);
    header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  }

  Request request;
  std::optional<BadRequest> bad;
  bool expects_continue = false;

 private:
  void on_request_impl(beast::verb, string_view method, string_view target, int version, error_code&) override {
    request.method = method;
    request.version = version == 10 ? Version::http_1_0 : Version::http_1_1;
    count(method.size() + target.size() + 12);
    take_target(to_std(target));
  }

  void on_field_impl(beast::field, string_view name, string_view value, error_code& ec) override {
    count(name.size() + value.size() + 4);
    if (header_bytes_ > limits_.header_bytes) {
      // The parser's own limit holds for what is still unread, not for the sum of the lines.
      ec = beast::error::header_limit;
      return;
    }
    if (header_done_) return;  // a trailer: read and thrown away, as its body (RFC 9110 §6.5.1)
    std::string lowered = lower_case(to_std(name));
    if (lowered == "host") {
      take_host(to_std(value));
      return;
    }
    if (lowered == "transfer-encoding") take_transfer_encoding(to_std(value));
    if (lowered == "expect") take_expect(to_std(value));
    request.fields.push_back({std::move(lowered), std::string(to_std(value))});
  }

  void on_header_impl(error_code&) override {
    header_done_ = true;
    // RFC 9112 §3.2: a request of version 1.1 without Host is answered with 400.
    if (request.version == Version::http_1_1 && !host_seen_) refuse(400, "Host is missing (RFC 9112 §3.2)");
    // RFC 9112 §6.1: a Transfer-Encoding in version 1.0 has a faulty framing.
    if (request.version == Version::http_1_0 && transfer_encoding_seen_)
      refuse(400, "Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1)");
    // RFC 9112 §6.3: chunked must come last in a request.
    if (transfer_encoding_seen_ && !chunked()) refuse(400, "the last transfer coding is not chunked (RFC 9112 §6.3)");
    if (other_coding_) refuse(501, "a transfer coding other than chunked (RFC 9112 §6.1)");
    if (unknown_expectation_) refuse(417, "an unknown expectation (RFC 9110 §10.1.1)");
    if (target_authority_) request.authority = std::move(target_authority_);
  }

  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override { return body.size(); }
  void on_finish_impl(error_code&) override {}

  void count(std::size_t bytes) noexcept { header_bytes_ += bytes; }

  /// The first rule that is broken is the one to be told of.
  void refuse(unsigned status, std::string_view explanation) noexcept {
    if (!bad) bad = BadRequest{status, explanation};
  }

  void take_target(std::string_view target) {
    if (request.method == "CONNECT") {
      // Authority-form (RFC 9112 §3.2.3). The handler says what it thinks of the method.
      if (!valid_authority(target)) refuse(400, "the request target is no authority (RFC 9112 §3.2.3)");
      return;
    }
    if (target == "*" && request.method == "OPTIONS") {
      request.path = std::string(target);  // RFC 9112 §3.2.4
      return;
    }
    if (target.starts_with('/')) {
      request.path = std::string(target);
      return;
    }
    take_absolute_form(target);
  }

  /// RFC 9112 §3.2.2: a server must take absolute-form, and its host then stands before Host.
  void take_absolute_form(std::string_view target) {
    const std::size_t scheme_end = target.find("://");
    const std::string scheme = lower_case(target.substr(0, std::min(scheme_end, target.size())));
    if (scheme_end == std::string_view::npos || (scheme != "https" && scheme != "http"))
      return refuse(400, "the request target has none of the four forms (RFC 9112 §3.2)");
    const std::string_view rest = target.substr(scheme_end + 3);
    const std::size_t path_start = std::min(rest.find_first_of("/?"), rest.size());
    if (!valid_authority(rest.substr(0, path_start))) return refuse(400, "the request target's host (RFC 9112 §3.2.2)");
    target_authority_ = rest.substr(0, path_start);
    request.path = rest.substr(path_start);
    if (!request.path.starts_with('/')) request.path.insert(0, 1, '/');
  }

  void take_host(std::string_view value) {
    // RFC 9112 §3.2: more than one Host, or an invalid one, is answered with 400.
    if (host_seen_) refuse(400, "more than one Host (RFC 9112 §3.2)");
    if (!valid_authority(value)) refuse(400, "Host is invalid (RFC 9112 §3.2)");
    host_seen_ = true;
    request.authority = value;
  }

  void take_transfer_encoding(std::string_view value) {
    transfer_encoding_seen_ = true;
    if (lower_case(value) != "chunked") other_coding_ = true;
  }

  void take_expect(std::string_view value) {
    // RFC 9110 §10.1.1: an expectation in version 1.0 is ignored.
    if (request.version == Version::http_1_0) return;
    if (lower_case(value) == "100-continue")
      expects_continue = true;
    else
      unknown_expectation_ = true;
  }

  Limits limits_;
  std::size_t header_bytes_ = 0;
  std::optional<std::string> target_authority_;
  bool header_done_ = false;
  bool host_seen_ = false;
  bool transfer_encoding_seen_ = false;
  bool other_coding_ = false;
  bool unknown_expectation_ = false;
};

BadRequest bad_request_of(const error_code& error, bool preface) noexcept {
  // RFC 7301 §3.2: the selected protocol is definitive, so a client may not turn to HTTP/2 (RFC 9113 §3.4).
  if (preface) return {400, "HTTP/2 where http/1.1 was selected (RFC 7301 §3.2)"};
  if (error == beast::error::header_limit) return {431, "the header is too large (RFC 6585 §5)"};
  if (error == beast::error::body_limit) return {413, "the content is too large (RFC 9110 §15.5.14)"};
  if (error == beast::error::bad_version) return {505, "not HTTP/1.1 (RFC 9110 §15.6.6)"};
  return {400, "not a request of HTTP/1.1 (RFC 9112)"};
}

}  // namespace

struct Http1Parser::State {
  explicit State(const Limits& given) : limits(given), collector(given) {}

  Limits limits;
  Collector collector;
  std::size_t body_wire_bytes = 0;
  bool blank_line_skipped = false;
  bool continued = false;
};

Http1Parser::Http1Parser(const Limits& limits) : state_(std::make_unique<State>(limits)) {}
Http1Parser::~Http1Parser() = default;

bool Http1Parser::started() const noexcept { return state_->collector.got_some(); }

Http1Parser::Result Http1Parser::read(Bytes input, std::size_t& used) {
  constexpr std::string_view preface = "PRI * HTTP/2.0";
  State& state = *state_;
  Collector& collector = state.collector;
  used = 0;
  if (!started() && !state.blank_line_skipped) {
    // RFC 9112 §2.2: an empty line before the request line is ignored; one, so that it can't be made a way to idle.
    if (as_text(input) == "\r") return NeedMore{};
    if (as_text(input).starts_with("\r\n")) used = 2;
    state.blank_line_skipped = used != 0;
    input = input.subspan(used);
  }
  const bool is_preface = !collector.is_header_done() && as_text(input).starts_with(preface);
  if (input.empty()) return NeedMore{};

  const bool in_body = collector.is_header_done();
  error_code error;
  const std::size_t taken = collector.put(boost::asio::const_buffer(input.data(), input.size()), error);
  used += taken;
  if (in_body) state.body_wire_bytes += taken;

  if (collector.is_header_done() && collector.bad) return *collector.bad;
  if (error && error != beast::error::need_more) return bad_request_of(error, is_preface);
  if (collector.is_done()) return Whole{std::move(collector.request), collector.keep_alive()};
  // What the parser leaves unread is one line; and chunks may wrap little content in much else (RFC 9112 §7.1.1).
  if (input.size() - taken > state.limits.header_bytes)
    return BadRequest{collector.is_header_done() ? 400U : 431U, "a line is too long"};
  if (state.body_wire_bytes > 4 * state.limits.body_bytes)
    return BadRequest{413, "the content is too large (RFC 9110 §15.5.14)"};
  const bool send_continue = collector.is_header_done() && collector.expects_continue && !state.continued;
  state.continued = state.continued || send_continue;
  return NeedMore{send_continue};
}

}  // namespace simplon::serve::http

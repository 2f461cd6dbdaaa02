#include "serve/http/http1_session.hpp"

#include "serve/http/common.hpp"
#include "serve/http/http1_parser.hpp"

#include <fmt/format.h>

namespace simplon::serve::http {

namespace {

/// A body up to this size goes into one piece with its header, and so into one TLS record more often than not.
constexpr std::size_t joined_body_bytes = 16384;

}  // namespace

Http1Session::Http1Session(Handler handler, Limits limits)
    : handler_(std::move(handler)), limits_(limits), parser_(std::make_unique<Http1Parser>(limits_)) {}

Http1Session::~Http1Session() = default;

void Http1Session::receive(Bytes bytes) {
  if (closing_ || input_ended_) return;  // thrown away: after the last answer nothing is a request
  input_.append(as_text(bytes));
  advance();
}

void Http1Session::receive_end() {
  input_ended_ = true;
  advance();
}

Bytes Http1Session::pending() {
  if (written_ < output_.size()) return as_bytes(output_).subspan(written_);
  if (body_) return as_bytes(*body_).subspan(written_ - output_.size());
  return {};
}

void Http1Session::consume(std::size_t count) {
  written_ += count;
  if (writing()) return;
  output_.clear();
  body_.reset();
  written_ = 0;
  advance();
}

bool Http1Session::wants_read() const { return !closing_ && !input_ended_ && !writing(); }

bool Http1Session::finished() const { return closing_ && !writing(); }

void Http1Session::shutdown() {
  draining_ = true;
  // A request that has begun to arrive is still answered; its answer says that it is the last.
  if (!writing() && input_.empty() && !parser_->started()) closing_ = true;
}

bool Http1Session::writing() const noexcept { return written_ < output_.size() + (body_ ? body_->size() : 0); }

void Http1Session::advance() {
  while (!closing_ && !writing()) {
    std::size_t used = 0;
    auto result = parser_->read(as_bytes(input_), used);
    input_.erase(0, used);
    if (const auto* more = std::get_if<Http1Parser::NeedMore>(&result)) {
      if (more->send_continue) output_ = "HTTP/1.1 100 Continue\r\n\r\n";
      if (input_ended_ || (draining_ && !parser_->started() && input_.empty())) closing_ = true;
      return;
    }
    if (const auto* bad = std::get_if<BadRequest>(&result)) {
      // Where a broken message ends is not known, so nothing can follow it (RFC 9112 §2.2).
      closing_ = true;
      violated_ = true;
      ++requests_;
      write(refusal(bad->status, bad->explanation), Version::http_1_1, false);
    } else {
      const auto& whole = std::get<Http1Parser::Whole>(result);
      parser_ = std::make_unique<Http1Parser>(limits_);
      answer(whole.request, whole.keep_alive);
    }
  }
  if (closing_) input_.clear();
}

void Http1Session::answer(const Request& request, bool keep_alive) {
  closing_ = !keep_alive || draining_;
  ++requests_;
  write(handler_(request), request.version, request.method == "HEAD");
}

void Http1Session::write(const Response& response, Version version, bool head) {
  auto out = std::back_inserter(output_);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  for (const Field& field : response.fields)
    if (may_send(field)) fmt::format_to(out, "{}: {}\r\n", field.name, field.value);
  fmt::format_to(out, "date: {}\r\n", date_now());
  const std::size_t size = response.body ? response.body->size() : 0;
  // RFC 9110 §8.6: no Content-Length where there can't be content.
  if (!without_content(response.status)) fmt::format_to(out, "content-length: {}\r\n", size);
  if (closing_)
    output_ += "connection: close\r\n";  // RFC 9112 §9.6
  else if (version == Version::http_1_0)
    output_ += "connection: keep-alive\r\n";  // RFC 9112 §9.3
  output_ += "\r\n";
  if (head || size == 0 || without_content(response.status)) return;
  if (size <= joined_body_bytes)
    output_ += *response.body;
  else
    body_ = response.body;
}

}  // namespace simplon::serve::http

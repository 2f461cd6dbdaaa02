#include "serve/http/http1_client.hpp"

#include "serve/http/common.hpp"

#include <algorithm>
#include <utility>

namespace simplon::serve::http {

Http1Client::~Http1Client() { fail(Failure::broke_off, "the connection was given up"); }

void Http1Client::start(std::shared_ptr<Exchange> exchange) {
  exchange_ = std::move(exchange);
  exchange_->backend = this;
  parser_.begin(*exchange_);
  request_written_ = tunnel_ = false;
  write_head(exchange_->request);
  write();
  call_wake();
}

void Http1Client::fail(Failure failure, std::string_view detail) {
  closing_ = true;
  if (const std::shared_ptr<Exchange> exchange = std::exchange(exchange_, nullptr)) {
    exchange->backend_failed(failure, detail);
  }
}

void Http1Client::receive(Bytes bytes) {
  if (!exchange_) {
    closing_ = true;  // a response that nobody asked for
    return;
  }
  if (input_.empty()) {
    const std::size_t used = read(bytes);
    if (exchange_) input_.assign(as_text(bytes.subspan(used)));
  } else {
    input_.append(as_text(bytes));
    input_.erase(0, read(as_bytes(input_)));
  }
  if (!exchange_) input_.clear();
}

void Http1Client::receive_end() {
  if (!exchange_) {
    closing_ = true;
  } else if (tunnel_) {
    exchange_->response_body.end();
    finish();
  } else if (parser_.read_end()) {
    finish();
  } else {
    fail(Failure::broke_off, parser_.started() ? "closed in the middle of its response" : "closed without a response");
  }
}

void Http1Client::consume(std::size_t count) {
  output_.consume(count);
  if (exchange_ && !request_written_ && !output_.full()) write();
}

std::size_t Http1Client::wants() const {
  if (closing_) return 0;
  if (!exchange_) return 1;  // only to learn that the backend has closed
  const Body& content = exchange_->response_body;
  return content.has_room() ? receive_bytes - std::min(content.size(), receive_bytes / 2) : 0;
}

void Http1Client::exchange_changed(Exchange& exchange) {
  if (exchange.abandoned()) {
    // Where the response would end is not waited for, so nothing can follow it.
    exchange.backend = nullptr;
    exchange_ = nullptr;
    closing_ = true;
  } else if (!request_written_ && !output_.full()) {
    write();
  }
  call_wake();
}

void Http1Client::write_head(const Request& request) {
  output_ << request.method << " " << request.path << " HTTP/1.1\r\n";
  output_.append_field("host", request.authority.value_or(""));
  output_.append_fields(request.fields);
  framing_ = Framing::none;
  if (request.has_content) framing_ = request.length ? Framing::length : Framing::chunked;
  if (framing_ == Framing::chunked) {
    output_ << "transfer-encoding: chunked\r\n";
  } else if (request.length || request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
    // RFC 9110 §8.6: methods that mean content say so when there is none.
    output_ << "content-length: ";
    output_.append_number(request.length.value_or(0));
    output_ << "\r\n";
  }
  if (!request.upgrade.empty()) output_ << "connection: upgrade\r\nupgrade: " << request.upgrade << "\r\n";
  output_ << "\r\n";
}

void Http1Client::write() {
  const std::uint64_t before = exchange_->request_body.consumed();
  request_written_ = framing_ == Framing::none || move_content(exchange_->request_body, framing_, output_);
  if (exchange_->request_body.consumed() != before) exchange_->tell_client();
}

std::size_t Http1Client::read(Bytes bytes) {
  std::size_t done = 0;
  while (exchange_) {
    if (tunnel_) {
      exchange_->response_body.append(bytes.subspan(done));
      done = bytes.size();
      exchange_->tell_client();
      return done;
    }
    std::size_t used = 0;
    const auto step = parser_.read(bytes.subspan(done), used);
    done += used;
    if (!step) {
      fail(Failure::bad_response, step.error());
      return done;
    }
    switch (*step) {
      case Http1ResponseParser::Step::need_more:
        if (exchange_->response) exchange_->tell_client();
        return done;
      case Http1ResponseParser::Step::interim:
        exchange_->tell_client();
        break;
      case Http1ResponseParser::Step::head:
        take_head();
        break;
      case Http1ResponseParser::Step::whole:
        finish();
        break;
    }
  }
  if (done < bytes.size()) closing_ = true;  // more than was asked for
  return done;
}

void Http1Client::take_head() {
  if (const std::string_view objection = exchange_->objection_to_response(); !objection.empty()) {
    exchange_->response.reset();
    return fail(Failure::bad_response, objection);
  }
  // The client is told with the content that has come with it.
  if (!exchange_->upgraded()) return;
  tunnel_ = true;
  framing_ = Framing::length;
  request_written_ = false;
  // What the heads have ended goes on as something else.
  exchange_->request_body.reopen();
  exchange_->response_body.reopen();
  exchange_->tell_client();
}

void Http1Client::finish() {
  // Content that is still to be sent would be taken for the next request.
  closing_ = closing_ || tunnel_ || !request_written_ || !parser_.keep_alive();
  const std::shared_ptr<Exchange> exchange = std::exchange(exchange_, nullptr);
  exchange->backend = nullptr;
  exchange->tell_client();
}

}  // namespace simplon::serve::http

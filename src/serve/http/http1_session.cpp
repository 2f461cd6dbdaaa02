#include "serve/http/http1_session.hpp"

#include "serve/http/common.hpp"

#include <algorithm>
#include <utility>

namespace simplon::serve::http {

Http1Session::Http1Session(Service& service, const Limits& limits) : service_(service), parser_(limits) {}

Http1Session::~Http1Session() {
  if (exchange_) end_exchange();
}

void Http1Session::receive(Bytes bytes) {
  if (closing_ || input_ended_) return;  // thrown away: after the last answer nothing is a request
  if (phase_ == Phase::tunnel) {
    exchange_->request_body.append(bytes);
    exchange_->tell_backend();
    return;
  }
  input_.append(as_text(bytes));
  advance();
}

void Http1Session::receive_end() {
  input_ended_ = true;
  if (phase_ == Phase::tunnel) {
    exchange_->request_body.end();
    exchange_->tell_backend();
    return;
  }
  advance();
  // A client that has closed its side has gone: what is complete is still sent, nothing else is waited for.
  if (!exchange_ || (exchange_->response && exchange_->response_body.ended())) return;
  end_exchange();
}

Bytes Http1Session::pending() {
  return output_.empty() && content_waits() ? exchange_->response_body.front() : output_.pending();
}

void Http1Session::consume(std::size_t count) {
  if (!output_.empty()) {
    output_.consume(count);
  } else {
    exchange_->response_body.consume(count);
    exchange_->tell_backend();
  }
  if (!output_.full()) advance();
}

bool Http1Session::content_waits() const noexcept {
  return exchange_ && head_written_ && framing_ == Framing::length && exchange_->response_body.size() > 0;
}

std::size_t Http1Session::wants() const {
  if (closing_ || input_ended_ || output_.full()) return 0;
  if (content_waits() && exchange_->response_body.size() >= Output::record) return 0;
  if (phase_ == Phase::tunnel || phase_ == Phase::content)
    return exchange_->request_body.has_room() ? receive_bytes : 0;
  // Behind a request, input is read to learn that the client has gone; what it sends ahead is kept, to a bound.
  if (phase_ == Phase::nothing) return input_.size() < receive_bytes ? receive_bytes - input_.size() : 0;
  return output_.empty() ? receive_bytes : 0;
}

void Http1Session::shutdown() {
  const bool again = std::exchange(draining_, true);
  // A request that has begun to arrive is still answered; its answer says that it is the last. Who has only just
  // connected has a first one on the way, which is waited for until this is called again.
  const bool none_comes = requests_ > 0 || again;
  if (phase_ == Phase::idle && input_.empty() && output_.empty() && none_comes) closing_ = true;
}

void Http1Session::exchange_changed(Exchange& /*exchange*/) {
  if (advancing_) return;  // looked at anyway before that is over
  advance();
  call_wake();
}

void Http1Session::advance() {
  advancing_ = true;
  while (!closing_) {
    const bool more = read();
    if (exchange_ && write()) {
      end_exchange();
    } else if (!more) {
      break;
    }
  }
  if (closing_) input_.clear();
  advancing_ = false;
}

bool Http1Session::read() {
  if (phase_ == Phase::nothing || phase_ == Phase::tunnel) return false;
  if (phase_ == Phase::content && !exchange_->request_body.has_room()) return false;
  if (phase_ == Phase::idle) {
    // The answer before is to be written first.
    if (!output_.empty() || input_.empty()) {
      if (output_.empty() && (input_ended_ || (draining_ && requests_ > 0))) closing_ = true;
      return false;
    }
    exchange_ = service_.open();
    exchange_->client = this;
    parser_.begin(*exchange_);
    head_written_ = false;
    phase_ = Phase::head;
  }
  std::size_t used = 0;
  const auto step = parser_.read(as_bytes(input_), used);
  input_.erase(0, used);
  if (!step) {
    refuse(step.error());
    return false;
  }
  switch (*step) {
    case Http1RequestParser::Step::need_more:
      if (phase_ == Phase::content && used > 0) exchange_->tell_backend();
      if (input_ended_) end_exchange();  // more will never come
      return false;
    case Http1RequestParser::Step::head:
      phase_ = exchange_->request.has_content ? Phase::content : Phase::nothing;
      ++requests_;
      service_.start(exchange_);
      return phase_ == Phase::content;
    case Http1RequestParser::Step::whole:
      phase_ = Phase::nothing;
      exchange_->tell_backend();
      return false;
  }
  return false;
}

void Http1Session::refuse(const BadRequest& bad) {
  // Where a broken message ends is not known, so nothing can follow it (RFC 9112 §2.2).
  violated_ = true;
  const bool answered = exchange_->response.has_value();
  if (phase_ == Phase::head) ++requests_;
  exchange_->cancel();  // whoever was asked
  phase_ = Phase::nothing;
  draining_ = true;
  if (answered) {
    end_exchange();
    return;
  }
  exchange_->request.method.clear();  // a HEAD that is broken gets its explanation
  exchange_->respond(refusal(bad.status, bad.explanation));
}

bool Http1Session::write() {
  Exchange& exchange = *exchange_;
  for (const Response& interim : std::exchange(exchange.interim, {}))
    write_interim(interim);
  if (exchange.response && !head_written_) write_head(*exchange.response);
  if (!head_written_) return false;
  const std::uint64_t before = exchange.response_body.consumed();
  bool whole = false;
  if (framing_ == Framing::length) {
    // What shares a record with the head; the rest goes out from where it is.
    if (!output_.empty()) move_bytes(exchange.response_body, Output::record, output_);
    whole = exchange.response_body.finished();
  } else {
    whole = move_content(exchange.response_body, framing_, output_);
  }
  if (exchange.response_body.consumed() != before) exchange.tell_backend();
  if (exchange.broken() && exchange.response_body.size() == 0 && !whole) {
    draining_ = true;  // RFC 9112 §8: an incomplete message is told by the connection's end
    return true;
  }
  return whole;
}

void Http1Session::write_interim(const Response& interim) {
  if (exchange_->request.version == Version::http_1_0) return;  // RFC 9110 §15.2
  output_ << "HTTP/1.1 ";
  output_.append_number(interim.status);
  output_ << " " << reason_phrase(interim.status) << "\r\n";
  output_.append_fields(interim.fields);
  output_ << "\r\n";
}

void Http1Session::write_head(const Response& response) {
  const Request& request = exchange_->request;
  head_written_ = true;
  const bool tunnel = exchange_->upgraded();
  const bool content = !tunnel && !without_content(response.status) && request.method != "HEAD";
  framing_ = Framing::none;
  if (tunnel || (content && (response.length || request.version == Version::http_1_0))) framing_ = Framing::length;
  if (content && !response.length && request.version != Version::http_1_0) framing_ = Framing::chunked;

  // Without a length, version 1.0 ends a content with the connection; and a request that was not read to its end when
  // it was refused is not waited for (RFC 9112 §9.3).
  const bool until_close = content && !response.length && request.version == Version::http_1_0;
  const bool unread = phase_ == Phase::content && response.status >= 400;
  if (draining_ || until_close || unread || !parser_.keep_alive()) draining_ = true;

  output_ << "HTTP/1.1 ";
  output_.append_number(response.status);
  output_ << " " << reason_phrase(response.status) << "\r\n";
  output_.append_fields(response.fields);
  if (!response.fields.find("date") && !tunnel) output_.append_field("date", date_now());
  // RFC 9110 §8.6: no Content-Length where there can't be content, but for the one that HEAD and 304 tell of.
  if (response.length && !tunnel && response.status >= 200 && response.status != 204) {
    output_ << "content-length: ";
    output_.append_number(*response.length);
    output_ << "\r\n";
  }
  if (framing_ == Framing::chunked) output_ << "transfer-encoding: chunked\r\n";
  if (tunnel) {
    output_ << "connection: upgrade\r\nupgrade: " << request.upgrade << "\r\n";
    phase_ = Phase::tunnel;
    exchange_->request_body.append(as_bytes(std::exchange(input_, {})));
    exchange_->tell_backend();
  } else if (draining_) {
    output_ << "connection: close\r\n";  // RFC 9112 §9.6
  } else if (request.version == Version::http_1_0) {
    output_ << "connection: keep-alive\r\n";  // RFC 9112 §9.3
  }
  output_ << "\r\n";
}

void Http1Session::end_exchange() {
  const std::shared_ptr<Exchange> exchange = std::move(exchange_);
  exchange_ = nullptr;
  cut_ = cut_ || (head_written_ && !exchange->response_body.finished());
  // A request that is not whole yet leaves no place where the next would begin.
  closing_ = closing_ || draining_ || input_ended_ || phase_ == Phase::content || phase_ == Phase::tunnel;
  phase_ = Phase::idle;
  exchange->cancel();
  exchange->ended();
}

}  // namespace simplon::serve::http

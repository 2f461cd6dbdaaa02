#include "serve/http/exchange.hpp"

#include "serve/http/common.hpp"

#include <utility>

namespace simplon::serve::http {

namespace {

Response response_to(Failure failure) {
  switch (failure) {
    case Failure::timed_out:
      return refusal(504, "The application behind this gateway did not answer in time.");
    case Failure::overloaded:
      return refusal(503, "This gateway has more to do than it can; try again later.");
    default:
      return refusal(502, "The application behind this gateway could not be asked.");
  }
}

}  // namespace

void Exchange::respond(Response whole) {
  if (whole.body && !whole.body->empty()) response_body.assign(whole.body);
  whole.length = whole.body ? whole.body->size() : 0;
  response_body.end();
  response = std::move(whole);
  tell_client();
}

void Exchange::cancel() {
  client = nullptr;
  if (std::exchange(abandoned_, true)) return;
  tell_backend();
}

void Exchange::abandon_backend() {
  abandoned_ = true;
  tell_backend();
  backend = nullptr;
  abandoned_ = false;
}

void Exchange::break_off() {
  if (broken_) return;
  broken_ = true;
  tell_client();
}

bool Exchange::upgraded() const noexcept {
  return response && !request.upgrade.empty() &&
         (response->status == 101 || (request.method == "CONNECT" && response->status / 100 == 2));
}

void Exchange::backend_failed(Failure failure, std::string_view /*detail*/) {
  backend = nullptr;
  if (response) {
    break_off();
  } else {
    respond(response_to(failure));
  }
}

}  // namespace simplon::serve::http

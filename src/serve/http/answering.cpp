#include "serve/http/answering.hpp"

#include "serve/http/common.hpp"

namespace simplon::serve::http {

// An exchange that is its own answering side.
class AnsweringService::Answer final : public Exchange, private Side {
 public:
  explicit Answer(const AnsweringService& service) : service_(service) {}

  void begin() {
    backend = this;
    if (request.version == Version::http_2 && !request.upgrade.empty()) {
      backend = nullptr;
      return respond(refusal(501, "nothing to upgrade to here (RFC 8441 §4)"));
    }
    if (request.length.value_or(0) > service_.content_bytes_) return refuse();
    if (request.expects_continue && request.has_content) {
      interim.push_back({.status = 100, .fields = {}});
      tell_client();
    }
    read();
  }

 private:
  void exchange_changed(Exchange& /*exchange*/) override { read(); }

  void read() {
    if (response) return;
    const bool something = request_body.size() > 0;
    request_body.consume(request_body.size());
    if (request_body.consumed() > service_.content_bytes_) return refuse();
    if (request_body.ended()) {
      backend = nullptr;
      respond(clean(service_.handler_(request)));
    } else if (something) {
      tell_client();  // there is room again
    }
  }

  void refuse() {
    backend = nullptr;
    respond(refusal(413, "the content is too large (RFC 9110 §15.5.14)"));
  }

  const AnsweringService& service_;
};

std::shared_ptr<Exchange> AnsweringService::open() { return std::make_shared<Answer>(*this); }

void AnsweringService::start(std::shared_ptr<Exchange> exchange) { static_cast<Answer&>(*exchange).begin(); }

Response clean(Response response) {
  Fields kept;
  for (const Field field : response.fields) {
    if (may_send(field)) kept.push_back(field);
  }
  response.fields = std::move(kept);
  return response;
}

}  // namespace simplon::serve::http

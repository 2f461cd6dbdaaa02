// One request and its response on their way between two sides that know nothing of each other: the session that talks
// to the client, and whoever answers, such as a session that talks to a backend.
#pragma once

#include "serve/http/body.hpp"
#include "serve/http/message.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace simplon::serve::http {

class Exchange;

/// One of the two sides. Being told, it may look at the exchange and change what is its own to say, but it does no I/O
/// and tells the other side nothing in return before it was resumed by its event loop: so no side is ever re-entered.
class Side {
 public:
  /// The other side has said or taken something.
  virtual void exchange_changed(Exchange& exchange) = 0;

 protected:
  ~Side() = default;
};

/// Why a backend did not answer.
enum class Failure : std::uint8_t {
  none,
  unreachable,   ///< no backend could be connected to
  timed_out,     ///< it was not connected in time, or did not begin to answer in time
  broke_off,     ///< it closed or reset the connection, or the stream
  bad_response,  ///< it said what is no response
  overloaded,    ///< we had no descriptors or memory to ask it
};

/// What both sides share.
class Exchange {
 public:
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  // Said by the client's side, then taken by the other.
  Request request;
  Body request_body;

  // Said by whoever answers, then taken by the client's side.
  std::vector<Response> interim;     ///< 1xx (RFC 9110 §15.2), removed as they are taken
  std::optional<Response> response;  ///< the final one's head
  Body response_body;                ///< after 101, or 2xx for a `:protocol`: whatever the backend sends

  Side* client = nullptr;   ///< null: gone
  Side* backend = nullptr;  ///< null: none yet, or gone

  void tell_client() {
    if (client != nullptr) client->exchange_changed(*this);
  }
  void tell_backend() {
    if (backend != nullptr) backend->exchange_changed(*this);
  }

  /// A whole response, made here.
  void respond(Response whole);
  /// From the client's side: nobody waits for the response any more.
  void cancel();
  /// Has the backend's side let go, so that another may answer.
  void abandon_backend();
  /// The backend's side is to let go.
  [[nodiscard]] bool abandoned() const noexcept { return abandoned_; }
  /// The response has begun and will never be whole: the client must not take it for finished.
  void break_off();
  [[nodiscard]] bool broken() const noexcept { return broken_; }
  /// The two sides speak another protocol now (RFC 9110 §7.8).
  [[nodiscard]] bool upgraded() const noexcept;

  /// From the backend's side, which lets go of it: it can't answer. Where no response has begun, this answers with the
  /// status that is due; who can ask another backend overrides it.
  virtual void backend_failed(Failure failure, std::string_view detail);
  /// From the backend's side, when it has set `response`: why that is none to go on with; empty where it is.
  [[nodiscard]] virtual std::string_view objection_to_response() { return {}; }
  /// From the client's side, once: it has taken all of the response, or gives up.
  virtual void ended() {}

 private:
  bool abandoned_ = false;
  bool broken_ = false;
};

/// Answers requests.
class Service {
 public:
  virtual ~Service() = default;
  /// The exchange for a request that begins to arrive.
  [[nodiscard]] virtual std::shared_ptr<Exchange> open() = 0;
  /// The request's head is there; its content may follow.
  virtual void start(std::shared_ptr<Exchange> exchange) = 0;
};

}  // namespace simplon::serve::http

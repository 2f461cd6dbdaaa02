#include "tls/client_connection.hpp"

#include "simplon/alpn/offer.hpp"
#include "tls/answer.hpp"
#include "tls/client_native.hpp"
#include "tls/connection_state.hpp"

#include <string>
#include <utility>

#include <openssl/x509v3.h>

namespace simplon::tls {

namespace {

struct ClientState final : Connection::State {
  std::optional<ProtocolList> offer;
  bool answer_required = false;
  bool nothing_to_verify = false;
  std::optional<WireError> wrong_answer;
  bool verifies = true;
  Digest session_key{};

  [[nodiscard]] std::string_view peer() const noexcept override { return "server"; }
  void note_message(Bytes message) noexcept override;
  [[nodiscard]] std::string_view objection() override;
  [[nodiscard]] std::string explanation() const override;
};

// RFC 7301 §3.1: libraries differ in what of the answer they look at, and in what they say of it.
void ClientState::note_message(Bytes message) noexcept {
  const auto body = find_answer(message);
  if (!body) return;
  const auto answer = check_answer(offer ? std::optional(offer->view()) : std::nullopt, body);
  if (answer) return;
  wrong_answer = answer.error();
  refused = true;
}

std::string_view ClientState::objection() {
  if (wrong_answer) return describe(*wrong_answer);
  if (nothing_to_verify) return "there is no name to verify the certificate for";
  const auto answered = selected_of(*ssl);
  if (!answered && offer && answer_required) return describe(WireError::answer_missing);
  // A long list is not kept for as long as the connection lives, neither here nor there.
  offer.reset();
  SSL_set_alpn_protos(ssl.get(), nullptr, 0);
  return {};
}

std::string ClientState::explanation() const {
  // Without being asked to, the library still looks, and trusts nobody then.
  const long verified = verifies ? verdict_of(*ssl) : X509_V_OK;
  if (verified == X509_V_OK) return {};
  return std::string("the certificate is refused: ") + X509_verify_cert_error_string(verified);
}

// Called when a session can be resumed: for TLS 1.3 whenever a ticket comes (RFC 8446 §4.6.1).
int keep_session(SSL* ssl, SSL_SESSION* session) {
  constexpr int ours_now = 1;
  constexpr int not_ours = 0;
  auto* const state = static_cast<ClientState*>(state_of(ssl));
  auto* const sessions = static_cast<SessionStore*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  if (state == nullptr || sessions == nullptr || SSL_SESSION_is_resumable(session) != 1) return not_ours;
  try {
    sessions->put(state->session_key, SessionOwner(session));
    return ours_now;
  } catch (const std::bad_alloc&) {
    return ours_now;  // kept or not, the reference was taken over
  }
}

void set_names(SSL& ssl, const Greeting& greeting) {
  if (greeting.server_name) {
    require_success(SSL_set_tlsext_host_name(&ssl, greeting.server_name->c_str()) == 1);
    SSL_set_hostflags(&ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    require_success(SSL_set1_host(&ssl, greeting.server_name->c_str()) == 1);
  } else if (greeting.ip) {
    require_success(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&ssl), greeting.ip->c_str()) == 1);
  }
}

// Everything that a session was made under has a place in it (RFC 8446 §4.2.11 leaves that to us).
Digest session_key(const Greeting& greeting) {
  std::string key = greeting.peer;
  key += '\0';
  key += greeting.server_name.value_or("");
  key += '\0';
  if (greeting.offer) key += as_text(greeting.offer->wire_names());
  return sha256(as_bytes(key));
}

}  // namespace

void keep_sessions(SSL_CTX& context) {
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(&context, keep_session);
}

ClientConnection::ClientConnection(const ClientContext& context, int socket, const Greeting& greeting)
    : Connection(std::make_unique<ClientState>()) {
  auto& own = static_cast<ClientState&>(state());
  if (greeting.offer) own.offer.emplace(*greeting.offer);
  own.answer_required = greeting.answer_required;
  own.verifies = context.native().verify;
  own.nothing_to_verify = own.verifies && !greeting.server_name && !greeting.ip;
  own.session_key = session_key(greeting);
  own.attach(*context.native().context, socket);
  SSL& ssl = *own.ssl;
  set_names(ssl, greeting);
  if (greeting.offer) {
    const Bytes names = greeting.offer->wire_names();
    // Unlike its siblings, this one returns 0 where it succeeded.
    require_success(SSL_set_alpn_protos(&ssl, reinterpret_cast<const unsigned char*>(names.data()),
                                        static_cast<unsigned>(names.size())) == 0);
  }
  if (const SessionOwner session = context.native().sessions.take(own.session_key)) {
    SSL_set_session(&ssl, session.get());
  }
  SSL_set_connect_state(&ssl);
}

bool ClientConnection::certificate_refused() const noexcept {
  const auto& own = static_cast<const ClientState&>(state());
  return own.nothing_to_verify || (own.verifies && verdict_of(*own.ssl) != X509_V_OK);
}

}  // namespace simplon::tls

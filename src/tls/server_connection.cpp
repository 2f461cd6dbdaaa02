#include "tls/server_connection.hpp"

#include "simplon/hello/client_hello.hpp"
#include "tls/connection_state.hpp"
#include "tls/library/native.hpp"
#include "tls/policy.hpp"
#include "tls/server_context.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace simplon::tls {

namespace {

void free_text(unsigned char* text) noexcept { OPENSSL_free(text); }

Bytes bytes_of(const unsigned char* data, std::size_t size) { return std::as_bytes(std::span(data, size)); }

struct ServerState final : Connection::State {
  explicit ServerState(const Decided& decided) {
    if (decided.selected) selected.emplace(*decided.selected);
    if (decided.offer) offer.emplace(*decided.offer);
    if (decided.server_name) server_name.emplace(*decided.server_name);
  }

  // What was decided.
  std::optional<ProtocolId> selected;
  std::optional<ProtocolList> offer;
  std::optional<std::string> server_name;

  bool hello_came = false;       ///< the library has reported a ClientHello
  bool offer_is_equal = false;   ///< it has asked for the answer to an offer that equals the decided one
  bool hello_changed = false;    ///< the second ClientHello is not what was decided on
  bool hello_unchecked = false;  ///< nothing was sent yet since the last ClientHello

  bool certificate_missing = false;  ///< the client was asked for a certificate and sent none

  void note_message(Bytes message) noexcept override;
  [[nodiscard]] std::string_view peer() const noexcept override { return "client"; }
  [[nodiscard]] std::string_view objection() override;
  [[nodiscard]] std::string explanation() const override;
  /// The ClientHello that the library has just read is, for all that it reports, the one that was decided on.
  [[nodiscard]] bool hello_is_decided() const noexcept;
  /// The ClientHello in `message` has the list and the name that were decided on.
  [[nodiscard]] bool repeats_decided(Bytes message) const noexcept;
};

void ServerState::note_message(Bytes message) noexcept {
  if (message.empty()) return;
  if (message[0] == std::byte{SSL3_MT_CLIENT_HELLO}) {
    // RFC 8446 §4.1.2: the second ClientHello repeats the first one's list and name. Some libraries look at neither
    // again, so this is read here; it comes after a HelloRetryRequest only.
    if (hello_came) hello_changed = hello_changed || !repeats_decided(message);
    hello_came = true;
    hello_unchecked = true;
    library::end_hello(*ssl);
  }
  // Nothing but a header and the lengths of what is not there (RFC 5246 §7.4.6, RFC 8446 §4.4.2).
  constexpr std::size_t empty_list = 4 + 1 + 3;
  if (message[0] == std::byte{SSL3_MT_CERTIFICATE}) certificate_missing = message.size() <= empty_list;
}

std::string ServerState::explanation() const {
  if (certificate_missing) return "the client has no certificate";
  const long verified = verdict_of(*ssl);
  if (verified == X509_V_OK) return {};
  return std::string("the client's certificate is refused: ") + X509_verify_cert_error_string(verified);
}

bool ServerState::repeats_decided(Bytes message) const noexcept {
  const auto hello = parse_client_hello(message);
  if (!hello || hello->alpn.has_value() != offer.has_value() ||
      hello->server_name.has_value() != server_name.has_value())
    return false;
  return (!offer || std::ranges::equal(hello->alpn->wire_names(), offer->view().wire_names())) &&
         (!server_name || same_name(as_text(*hello->server_name), *server_name));
}

bool ServerState::hello_is_decided() const noexcept {
  // The library calls back where there is an offer, so one that was dropped shows too.
  if (hello_changed || offer_is_equal != offer.has_value()) return false;
  // In a resumed TLS 1.2 session the library reports the session's name, not the hello's; the session id context has
  // bound the two together (RFC 6066 §3), and there was one hello only.
  if (SSL_session_reused(ssl.get()) == 1 && SSL_version(ssl.get()) == TLS1_2_VERSION) return true;
  const char* name = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
  if (name == nullptr || !server_name) return (name == nullptr) == !server_name;
  return same_name(name, *server_name);
}

std::string_view ServerState::objection() {
  const auto answered = selected_of(*ssl);
  const bool as_decided = answered && selected ? *answered == selected->view() : !answered && !selected;
  if (refused || !hello_is_decided() || !as_decided) return "the client's hello is not the one that was decided on";
  offer.reset();  // a long list is not kept for as long as the connection lives
  return {};
}

// RFC 7301 §3.2: the server selects; that was done before the library was asked. Called once for every ClientHello
// with an ALPN extension, in a resumption too, or for the first one only. The only failure that it can express is
// no_application_protocol.
int answer_offer(SSL* ssl, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                 unsigned in_size, void* /*unused*/) {
  auto& state = static_cast<ServerState&>(*state_of(ssl));
  if (state.hello_changed) return SSL_TLSEXT_ERR_NOACK;  // the alert for that is another
  const auto names = ProtocolListView::parse_names(bytes_of(in, in_size));
  if (!names || !state.offer || !std::ranges::equal(names->wire_names(), state.offer->view().wire_names())) {
    state.refused = true;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  state.offer_is_equal = true;
  if (!state.selected) return SSL_TLSEXT_ERR_NOACK;
  const auto found = std::ranges::find(*names, state.selected->view());
  if (found == names->end()) {
    state.refused = true;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = reinterpret_cast<const unsigned char*>((*found).bytes().data());
  *out_size = static_cast<unsigned char>((*found).size());
  return SSL_TLSEXT_ERR_OK;
}

// Whether a record begins with a HelloRetryRequest, a ServerHello whose random is SHA-256("HelloRetryRequest") (RFC
// 8446 §4.1.3). Eight bytes of it are not met by chance.
bool is_hello_retry(Bytes record) noexcept {
  constexpr std::array<unsigned char, 8> retry_random{0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11};
  constexpr std::size_t random_at = 5 + 4 + 2;  // after the record's header, the message's, and the version
  return record.size() > random_at + retry_random.size() && record[5] == std::byte{SSL3_MT_SERVER_HELLO} &&
         std::ranges::equal(record.subspan(random_at, retry_random.size()), std::as_bytes(std::span(retry_random)));
}

// The SocketEnd's `may_write`: holds the answer back, and sends illegal_parameter instead, where a ClientHello turned
// out to be another than was decided on.
bool hello_gate(void* owner, Bytes record) {
  ServerState& state = *static_cast<ServerState*>(owner);
  constexpr std::byte handshake_record{22};
  // Only a server's answer is held back; an alert that the library wants to send instead goes out.
  if (state.phase != Connection::State::Phase::handshake || !state.hello_unchecked || record.empty() ||
      record[0] != handshake_record)
    return true;
  state.hello_unchecked = false;
  if (state.hello_is_decided()) {
    if (is_hello_retry(record)) library::begin_hello(*state.ssl);
    return true;
  }
  // Nothing is encrypted before the answer, so the alert is a plaintext record; the library has no call to send one.
  constexpr std::array<unsigned char, 7> illegal_parameter{21, 3, 3, 0, 2, SSL3_AL_FATAL, SSL_AD_ILLEGAL_PARAMETER};
  const Bytes alert = std::as_bytes(std::span(illegal_parameter));
  if (send_quietly(state.end.socket, alert) == static_cast<long>(alert.size())) {
    state.alert_sent = SSL_AD_ILLEGAL_PARAMETER;
    state.end.bytes_out += alert.size();
  }
  state.refused = true;
  return false;
}

void set_policy(SSL& ssl, const Decided& decided, const Digest& demands) {
  if (decided.min_version >= route::TlsVersion::tls_1_3) {
    require_success(SSL_set_min_proto_version(&ssl, TLS1_3_VERSION) == 1);
  }
  const Digest context =
      session_id_context({.min_version = decided.min_version, .server_name = decided.server_name, .demands = demands});
  require_success(SSL_set_session_id_context(&ssl, reinterpret_cast<const unsigned char*>(context.data()),
                                             static_cast<unsigned>(context.size())) == 1);
}

// The last of several: names go from the general to the particular (RFC 4514 §2.1).
std::string common_name_of(const X509& certificate) {
  const X509_NAME* const subject = X509_get_subject_name(&certificate);
  int last = -1;
  for (int at = last; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;)
    last = at;
  if (last < 0) return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
  if (size < 0) return {};
  const std::unique_ptr<unsigned char, Free<free_text>> owner(text);
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

std::vector<std::byte> encode(X509& certificate) {
  const int size = i2d_X509(&certificate, nullptr);
  require_success(size >= 0);
  std::vector<std::byte> der(static_cast<std::size_t>(size));
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  require_success(i2d_X509(&certificate, &out) == size);
  return der;
}

}  // namespace

void install_callbacks(SSL_CTX& context) {
  SSL_CTX_set_alpn_select_cb(&context, answer_offer, nullptr);
  observe_messages(context);
}

ServerConnection::ServerConnection(Context context, int socket, const Decided& decided, std::vector<std::byte> taken)
    : Connection(std::make_unique<ServerState>(decided)) {
  auto& own = static_cast<ServerState&>(state());
  own.end.owner = &own;
  own.end.may_write = &hello_gate;
  own.end.taken = std::move(taken);
  own.attach(*context.native(), socket);
  set_policy(*own.ssl, decided, context.demands());
  SSL_set_accept_state(own.ssl.get());
  library::begin_hello(*own.ssl);
}

std::optional<ClientCertificate> ServerConnection::client_certificate() const {
  const SSL* const ssl = state().ssl.get();
  const X509Owner certificate(SSL_get_peer_certificate(ssl));
  if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK) return std::nullopt;
  return ClientCertificate{.common_name = common_name_of(*certificate), .der = encode(*certificate)};
}

bool ServerConnection::certificate_refused() const noexcept {
  const auto& own = static_cast<const ServerState&>(state());
  return own.certificate_missing || verdict_of(*own.ssl) != X509_V_OK;
}

}  // namespace simplon::tls

#include "simplon/adapters/openssl.hpp"

#include "simplon/hello/client_hello.hpp"
#include "simplon/hello/server_name.hpp"

#include <mutex>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace simplon::openssl {

namespace {

/// What a context was told.
struct ContextState {
  std::shared_ptr<const Policy> policy;
  PolicyChooser chooser;  ///< instead of `policy`
  ReportHandler on_report;
  std::optional<ProtocolList> offer;
  bool answers = false;  ///< `answer_offer` is its callback
};

struct ConnectionState {
  std::shared_ptr<const Policy> policy;  ///< for the name in the last ClientHello, where there is a chooser
  bool reported = false;                 ///< a second ClientHello (RFC 8446 §4.1.2) is the same connection's
  std::optional<ProtocolList> offer;     ///< instead of the context's
  bool answer_is_set = false;            ///< `answer` counts instead of any policy
  std::shared_ptr<const Policy> answer;  ///< of one protocol; null answers without ALPN
};

Bytes bytes_of(const unsigned char* data, std::size_t size) { return std::as_bytes(std::span(data, size)); }

const unsigned char* data_of(Bytes bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

void require_success(bool success) {
  // Nothing but memory can be missing where lists are well formed and pointers are not null.
  if (!success) throw std::bad_alloc();
}

template <typename State>
void free_state(void* /*parent*/, void* state, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*argl*/, void* /*argp*/) {
  delete static_cast<State*>(state);
}

#ifndef OPENSSL_IS_BORINGSSL  // which has no SSL_dup
int copy_state(CRYPTO_EX_DATA* /*to*/, const CRYPTO_EX_DATA* /*from*/, void** state, int /*index*/, long /*argl*/,
               void* /*argp*/) {
  if (*state == nullptr) return 1;
  try {
    *state = new ConnectionState(*static_cast<const ConnectionState*>(*state));
    return 1;
  } catch (const std::bad_alloc&) {
    *state = nullptr;
    return 0;
  }
}
#else
constexpr CRYPTO_EX_dup* copy_state = nullptr;
#endif

int context_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_state<ContextState>);
  return index;
}

int connection_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, copy_state, free_state<ConnectionState>);
  return index;
}

const ContextState* find_state(const SSL_CTX* context) noexcept {
  return static_cast<const ContextState*>(SSL_CTX_get_ex_data(context, context_index()));
}

ConnectionState* find_state(const SSL* connection) noexcept {
  return static_cast<ConnectionState*>(SSL_get_ex_data(connection, connection_index()));
}

ContextState& state_of(SSL_CTX* context) {
  if (auto* const found = static_cast<ContextState*>(SSL_CTX_get_ex_data(context, context_index()))) return *found;
  auto made = std::make_unique<ContextState>();
  require_success(SSL_CTX_set_ex_data(context, context_index(), made.get()) == 1);
  return *made.release();
}

ConnectionState& state_of(SSL* connection) {
  if (auto* const found = find_state(connection)) return *found;
  auto made = std::make_unique<ConnectionState>();
  require_success(SSL_set_ex_data(connection, connection_index(), made.get()) == 1);
  return *made.release();
}

/// The host name of the extension's body (RFC 6066 §3). A malformed one is OpenSSL's to refuse.
std::optional<Bytes> find_host_name(Bytes body) noexcept {
  constexpr std::uint8_t host_name = 0;
  ByteReader reader(body);
  const auto list = reader.read_vector_u16();
  if (!list) return std::nullopt;
  ByteReader names(*list);
  return names.read_u8() == host_name ? names.read_vector_u16() : std::nullopt;
}

/// The alert to end the handshake with, where there is no policy for the name. OpenSSL, which does not know the version
/// yet, makes handshake_failure of what TLS 1.2 has not.
std::optional<Alert> choose_policy(SSL* connection, const ContextState& context, std::optional<Bytes> host_name) {
  const auto name = host_name ? ServerName::from(*host_name) : std::nullopt;
  auto policy = context.chooser(name ? std::optional(name->text()) : std::nullopt);
  if (!policy) return host_name ? Alert::unrecognized_name : Alert::missing_extension;
  state_of(connection).policy = std::move(policy);
  return std::nullopt;
}

#ifdef OPENSSL_IS_BORINGSSL
// The handshake ends with an alert of the library's own choice where this fails.
ssl_select_cert_result_t read_hello(const SSL_CLIENT_HELLO* hello) noexcept {
  const unsigned char* body = nullptr;
  std::size_t size = 0;
  const bool named = SSL_early_callback_ctx_extension_get(hello, extension_type::server_name, &body, &size) == 1;
  try {
    const ContextState* const state = find_state(SSL_get_SSL_CTX(hello->ssl));
    if (state == nullptr || !state->chooser) return ssl_select_cert_success;
    const auto alert = choose_policy(hello->ssl, *state, named ? find_host_name(bytes_of(body, size)) : std::nullopt);
    return alert ? ssl_select_cert_error : ssl_select_cert_success;
  } catch (const std::bad_alloc&) {
    return ssl_select_cert_error;
  }
}

void install_hello_callback(SSL_CTX* context) { SSL_CTX_set_select_certificate_cb(context, read_hello); }
#else
int read_hello(SSL* connection, int* alert, void* /*unused*/) noexcept {
  const unsigned char* body = nullptr;
  std::size_t size = 0;
  const bool named = SSL_client_hello_get0_ext(connection, extension_type::server_name, &body, &size) == 1;
  try {
    const ContextState* const state = find_state(SSL_get_SSL_CTX(connection));
    if (state == nullptr || !state->chooser) return SSL_CLIENT_HELLO_SUCCESS;
    const auto refused = choose_policy(connection, *state, named ? find_host_name(bytes_of(body, size)) : std::nullopt);
    if (!refused) return SSL_CLIENT_HELLO_SUCCESS;
    *alert = static_cast<int>(*refused);
  } catch (const std::bad_alloc&) {
    *alert = SSL_AD_INTERNAL_ERROR;
  }
  return SSL_CLIENT_HELLO_ERROR;
}

void install_hello_callback(SSL_CTX* context) { SSL_CTX_set_client_hello_cb(context, read_hello, nullptr); }
#endif

/// The policy that counts for `connection`; null where there is none for its name.
const Policy* find_policy(SSL* connection, const ContextState& context) {
  if (!context.chooser) return context.policy.get();
  const ConnectionState* const state = find_state(connection);
  if (state == nullptr || !state->policy) {
    // The program has changed the context since the ClientHello came, and the first one had no chooser.
    const char* const name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
    if (choose_policy(connection, context, name == nullptr ? std::nullopt : std::optional(as_bytes(name))))
      return nullptr;
  }
  return find_state(connection)->policy.get();
}

void report(SSL* connection, const ContextState& context, const Offer& offer) {
  ConnectionState& state = state_of(connection);
  if (!std::exchange(state.reported, true) && context.on_report) context.on_report(connection, offer);
}

int answer_with(const Policy* policy, const Offer& offer, const unsigned char** out, unsigned char* out_size) noexcept {
  if (policy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  const Outcome outcome = policy->select(offer);
  if (outcome.verdict() != Verdict::selected) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = data_of(as_bytes(outcome.selected()->bytes()));
  *out_size = static_cast<unsigned char>(outcome.selected()->size());
  return SSL_TLSEXT_ERR_OK;
}

// Called for every ClientHello with an ALPN extension, in a resumption too: RFC 7301 §3.1 has no protocol survive the
// connection that it was selected for. What is answered has to stay until OpenSSL has copied it, right after the call.
int answer_offer(SSL* connection, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                 unsigned in_size, void* /*unused*/) noexcept {
  // No other alert than no_application_protocol can be asked for here. OpenSSL has refused what is no list before.
  const auto offer = Offer::from_names(bytes_of(in, in_size));
  if (!offer) return SSL_TLSEXT_ERR_ALERT_FATAL;
  try {
    const ConnectionState* const own = find_state(connection);
    if (own != nullptr && own->answer_is_set) return answer_with(own->answer.get(), *offer, out, out_size);
    const ContextState* const context = find_state(SSL_get_SSL_CTX(connection));
    const Policy* const policy = context != nullptr ? find_policy(connection, *context) : nullptr;
    if (policy == nullptr) return SSL_TLSEXT_ERR_ALERT_FATAL;
    const Outcome outcome = policy->select(*offer);
    if (outcome.would_reject()) report(connection, *context, *offer);
    if (outcome.verdict() == Verdict::declined) return SSL_TLSEXT_ERR_NOACK;
    if (outcome.verdict() == Verdict::rejected) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = data_of(as_bytes(outcome.selected()->bytes()));
    *out_size = static_cast<unsigned char>(outcome.selected()->size());
    return SSL_TLSEXT_ERR_OK;
  } catch (const std::bad_alloc&) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
}

}  // namespace

void set_policy(SSL_CTX* context, std::shared_ptr<const Policy> policy, ReportHandler on_report) {
  ContextState& state = state_of(context);
  state.policy = std::move(policy);
  state.chooser = nullptr;
  state.on_report = std::move(on_report);
  state.answers = true;
  SSL_CTX_set_alpn_select_cb(context, answer_offer, nullptr);
}

void set_policies(SSL_CTX* context, PolicyChooser chooser, ReportHandler on_report) {
  ContextState& state = state_of(context);
  state.policy = nullptr;
  state.chooser = std::move(chooser);
  state.on_report = std::move(on_report);
  state.answers = true;
  SSL_CTX_set_alpn_select_cb(context, answer_offer, nullptr);
  install_hello_callback(context);
}

void set_answer(SSL* connection, std::optional<ProtocolIdView> protocol) {
  ConnectionState& state = state_of(connection);
  if (protocol) {
    auto preferences = Preferences::from({&*protocol, 1});
    if (!preferences) throw std::invalid_argument(std::string(describe(preferences.error())));
    state.answer = std::make_shared<const Policy>(std::move(*preferences));
  }
  state.answer_is_set = true;
  // A context is shared by connections of several threads: one of them writes, and the others know it.
  static std::mutex installing;
  const std::lock_guard lock(installing);
  SSL_CTX* const context = SSL_get_SSL_CTX(connection);
  if (std::exchange(state_of(context).answers, true)) return;
  SSL_CTX_set_alpn_select_cb(context, answer_offer, nullptr);
}

void set_offer(SSL_CTX* context, const ProtocolList& offer) {
  const Bytes names = offer.view().wire_names();
  state_of(context).offer = offer;
  // Unlike its siblings, this one returns 0 where it succeeded.
  require_success(SSL_CTX_set_alpn_protos(context, data_of(names), static_cast<unsigned>(names.size())) == 0);
}

void set_offer(SSL* connection, const ProtocolList& offer) {
  const Bytes names = offer.view().wire_names();
  state_of(connection).offer = offer;
  require_success(SSL_set_alpn_protos(connection, data_of(names), static_cast<unsigned>(names.size())) == 0);
}

std::optional<ProtocolIdView> selected(const SSL* connection) noexcept {
  const unsigned char* data = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(connection, &data, &size);
  const auto name = ProtocolIdView::from(as_text(bytes_of(data, size)));
  return name ? std::optional(*name) : std::nullopt;
}

std::expected<std::optional<ProtocolIdView>, WireError> check_answer(const SSL* connection) noexcept {
  // OpenSSL hands over the one name, without the list around it.
  const auto answer = selected(connection);
  if (!answer) return std::nullopt;
  const ConnectionState* const own = find_state(connection);
  const ContextState* const context = find_state(SSL_get_SSL_CTX(connection));
  const std::optional<ProtocolList>* offer = nullptr;
  if (context != nullptr && context->offer) offer = &context->offer;
  if (own != nullptr && own->offer) offer = &own->offer;
  if (offer == nullptr) return std::unexpected(WireError::answer_unasked);
  if (!(*offer)->view().contains(*answer)) return std::unexpected(WireError::answer_not_offered);
  return answer;
}

}  // namespace simplon::openssl

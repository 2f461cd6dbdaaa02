#include "simplon/adapters/gnutls.hpp"

#include "simplon/hello/client_hello.hpp"
#include "simplon/hello/server_name.hpp"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

namespace simplon::gnutls {

namespace {

/// What GnuTLS keeps of one name and of one list (its alpn_ext_st).
constexpr std::size_t max_name = 31;
constexpr std::size_t max_names = 8;

struct State {
  std::shared_ptr<const Policy> policy;
  PolicyChooser chooser;  ///< instead of `policy`
  ReportHandler on_report;
  std::optional<ProtocolList> offer;  ///< a client's

  bool answered = false;               ///< a ClientHello has come before
  std::optional<ProtocolId> selected;  ///< for the first ClientHello
  bool reported = false;
  std::optional<WireError> error;  ///< in the server's answer
};

// A session has no place for other people's objects but with an extension. The type is one of those for private use
// (IANA "TLS ExtensionType Values"); without functions to send or receive it, it is neither sent nor looked at.
constexpr int state_extension = 0xff73;

void free_state(gnutls_ext_priv_data_t state) { delete static_cast<State*>(state); }

State* find_state(gnutls_session_t session) noexcept {
  gnutls_ext_priv_data_t state = nullptr;
  return gnutls_ext_get_data(session, state_extension, &state) == 0 ? static_cast<State*>(state) : nullptr;
}

std::expected<State*, std::string_view> make_state(gnutls_session_t session) {
  if (find_state(session) != nullptr) return std::unexpected("the session has a policy or an offer already");
  auto made = std::make_unique<State>();
  const int status = gnutls_session_ext_register(session, "simplon", state_extension, GNUTLS_EXT_NONE, nullptr, nullptr,
                                                 free_state, nullptr, nullptr, 0);
  if (status == GNUTLS_E_MEMORY_ERROR) throw std::bad_alloc();
  if (status < 0) return std::unexpected("the session's extension 0xff73 is in use");
  gnutls_ext_set_data(session, state_extension, made.get());
  return made.release();
}

Bytes bytes_of(const unsigned char* data, std::size_t size) { return std::as_bytes(std::span(data, size)); }

gnutls_datum_t datum_of(ProtocolIdView id) {
  // GnuTLS copies it.
  const auto* const data = reinterpret_cast<const unsigned char*>(id.bytes().data());
  return {const_cast<unsigned char*>(data), static_cast<unsigned>(id.size())};  // NOLINT(*-const-cast)
}

bool fits(ProtocolListView names) {
  return std::ranges::all_of(names, [](ProtocolIdView id) { return id.size() <= max_name; });
}

/// The error that GnuTLS makes the alert of.
int error_of(Alert alert) noexcept {
  switch (alert) {
    case Alert::no_application_protocol:
      return GNUTLS_E_NO_APPLICATION_PROTOCOL;
    case Alert::illegal_parameter:
      return GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER;
    case Alert::unsupported_extension:
      return GNUTLS_E_RECEIVED_ILLEGAL_EXTENSION;
    case Alert::decode_error:
      return GNUTLS_E_UNEXPECTED_PACKET_LENGTH;
    default:
      return GNUTLS_E_INTERNAL_ERROR;
  }
}

int error_of(WireError error) noexcept { return error_of(alert_of(error).value_or(Alert::internal_error)); }

// The client's side.

/// The body of the ALPN extension in a server's message without its header: EncryptedExtensions, or ServerHello, where
/// TLS 1.2 has it. Nothing also where the message can't be read: that is for GnuTLS to say.
std::optional<Bytes> find_answer(unsigned type, Bytes message) noexcept {
  ByteReader reader(message);
  if (type == GNUTLS_HANDSHAKE_SERVER_HELLO) {
    // legacy_version, random, legacy_session_id_echo, cipher_suite, legacy_compression_method (RFC 8446 §4.1.3)
    if (!reader.read(2 + 32) || !reader.read_vector_u8() || !reader.read(2 + 1)) return std::nullopt;
  }
  const auto extensions = reader.read_vector_u16();
  if (!extensions) return std::nullopt;
  ByteReader list(*extensions);
  while (const auto id = list.read_u16()) {
    const auto body = list.read_vector_u16();
    if (!body) return std::nullopt;
    if (*id == extension_type::alpn) return body;
  }
  return std::nullopt;
}

int read_server_message(gnutls_session_t session, unsigned type, unsigned /*when*/, unsigned incoming,
                        const gnutls_datum_t* message) noexcept {
  if (incoming == 0 || (type != GNUTLS_HANDSHAKE_SERVER_HELLO && type != GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS))
    return 0;
  State* const state = find_state(session);
  if (state == nullptr || !state->offer) return 0;
  const auto answer =
      simplon::check_answer(state->offer->view(), find_answer(type, bytes_of(message->data, message->size)));
  if (answer) return 0;
  state->error = answer.error();
  return error_of(answer.error());
}

// The server's side.

struct HelloExtensions {
  std::optional<Bytes> server_name;
  std::optional<Bytes> alpn;
};

int note_extension(void* extensions, unsigned type, const unsigned char* data, unsigned size) noexcept {
  auto& found = *static_cast<HelloExtensions*>(extensions);
  if (type != extension_type::server_name && type != extension_type::alpn) return 0;
  auto& body = type == extension_type::alpn ? found.alpn : found.server_name;
  if (body) return GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER;  // RFC 8446 §4.2
  body = bytes_of(data, size);
  return 0;
}

/// The host name of the extension's body (RFC 6066 §3). A malformed one is GnuTLS's to refuse.
std::optional<Bytes> find_host_name(Bytes body) noexcept {
  constexpr std::uint8_t host_name = 0;
  ByteReader reader(body);
  const auto list = reader.read_vector_u16();
  if (!list) return std::nullopt;
  ByteReader names(*list);
  return names.read_u8() == host_name ? names.read_vector_u16() : std::nullopt;
}

/// 0, or the error to end the handshake with, where there is no policy for the name.
int choose_policy(State& state, std::optional<Bytes> extension) {
  if (!state.chooser) return 0;
  const auto host_name = extension ? find_host_name(*extension) : std::nullopt;
  const auto name = host_name ? ServerName::from(*host_name) : std::nullopt;
  state.policy = state.chooser(name ? std::optional(name->text()) : std::nullopt);
  if (state.policy) return 0;
  return host_name ? GNUTLS_E_UNRECOGNIZED_NAME : GNUTLS_E_MISSING_EXTENSION;
}

/// Tells GnuTLS the one protocol that it is to find in the offer, once: it would add those of a second call to it.
int set_selected(gnutls_session_t session, State& state, std::optional<ProtocolIdView> selected) {
  if (std::exchange(state.answered, true)) {
    // RFC 8446 §4.1.2: the second ClientHello repeats the first one's list.
    const bool same = selected && state.selected ? *selected == *state.selected : !selected && !state.selected;
    return same ? 0 : GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER;
  }
  if (!selected) return 0;
  state.selected.emplace(*selected);
  const gnutls_datum_t name = datum_of(*selected);
  return gnutls_alpn_set_protocols(session, &name, 1, 0);
}

int judge_hello(gnutls_session_t session, State& state, const HelloExtensions& hello) {
  if (const int error = choose_policy(state, hello.server_name); error != 0) return error;
  std::optional<ProtocolListView> names;
  if (hello.alpn) {
    const auto list = ProtocolListView::parse(*hello.alpn);
    if (!list) return error_of(list.error());
    names = *list;
  }
  const Offer offer(names);
  const Outcome outcome = state.policy->select(offer);
  if (outcome.would_reject() && !std::exchange(state.reported, true) && state.on_report)
    state.on_report(session, offer);
  if (const auto alert = outcome.alert()) return error_of(*alert);
  return set_selected(session, state, outcome.selected());
}

// Called for every ClientHello, before GnuTLS looks at it: in a resumption too, for RFC 7301 §3.1 has no protocol
// survive the connection that it was selected for.
int read_client_hello(gnutls_session_t session, unsigned /*type*/, unsigned /*when*/, unsigned /*incoming*/,
                      const gnutls_datum_t* message) noexcept {
  State* const state = find_state(session);
  if (state == nullptr) return GNUTLS_E_INTERNAL_ERROR;
  HelloExtensions hello;
  const int status = gnutls_ext_raw_parse(&hello, note_extension, message, GNUTLS_EXT_RAW_FLAG_TLS_CLIENT_HELLO);
  // A hello without extensions is one without an offer.
  if (status < 0 && status != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) return status;
  try {
    return judge_hello(session, *state, hello);
  } catch (const std::bad_alloc&) {
    return GNUTLS_E_MEMORY_ERROR;
  }
}

std::expected<void, std::string_view> set_server(gnutls_session_t session, std::shared_ptr<const Policy> policy,
                                                 PolicyChooser chooser, ReportHandler on_report) {
  const auto state = make_state(session);
  if (!state) return std::unexpected(state.error());
  (*state)->policy = std::move(policy);
  (*state)->chooser = std::move(chooser);
  (*state)->on_report = std::move(on_report);
  gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_CLIENT_HELLO, GNUTLS_HOOK_PRE, read_client_hello);
  return {};
}

constexpr std::string_view too_long = "GnuTLS knows protocol names of 31 bytes at most";

}  // namespace

std::expected<void, std::string_view> set_policy(gnutls_session_t session, std::shared_ptr<const Policy> policy,
                                                 ReportHandler on_report) {
  if (!fits(policy->preferences().names())) return std::unexpected(too_long);
  return set_server(session, std::move(policy), {}, std::move(on_report));
}

std::expected<void, std::string_view> set_policies(gnutls_session_t session, PolicyChooser chooser,
                                                   ReportHandler on_report) {
  return set_server(session, nullptr, std::move(chooser), std::move(on_report));
}

std::expected<void, std::string_view> set_offer(gnutls_session_t session, const ProtocolList& offer) {
  const ProtocolListView list = offer.view();
  if (!fits(list)) return std::unexpected(too_long);
  std::vector<gnutls_datum_t> names;
  for (const ProtocolIdView id : list)
    names.push_back(datum_of(id));
  if (names.size() > max_names) return std::unexpected("GnuTLS offers 8 protocols at most");
  const auto state = make_state(session);
  if (!state) return std::unexpected(state.error());
  (*state)->offer = offer;
  if (gnutls_alpn_set_protocols(session, names.data(), static_cast<unsigned>(names.size()), 0) < 0)
    throw std::bad_alloc();
  // A hook is for one type of message or for all.
  gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, read_server_message);
  return {};
}

std::optional<ProtocolIdView> selected(gnutls_session_t session) noexcept {
  gnutls_datum_t protocol{};
  if (gnutls_alpn_get_selected_protocol(session, &protocol) < 0) return std::nullopt;
  const auto name = ProtocolIdView::from(as_text(bytes_of(protocol.data, protocol.size)));
  return name ? std::optional(*name) : std::nullopt;
}

std::expected<std::optional<ProtocolIdView>, WireError> check_answer(gnutls_session_t session) noexcept {
  const State* const state = find_state(session);
  if (state != nullptr && state->error) return std::unexpected(*state->error);
  return selected(session);
}

}  // namespace simplon::gnutls

#include "by_hand.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace simplon::by_hand {

namespace {

constexpr std::string_view protocols[] = {"h2", "http/1.1"};
constexpr unsigned char list[] = "\x02h2\x08http/1.1";
constexpr unsigned list_size = sizeof list - 1;

std::size_t read_u16(const unsigned char* at) { return static_cast<std::size_t>(at[0] << 8 | at[1]); }

bool is_ours(const unsigned char* name, std::size_t size) {
  return std::ranges::any_of(protocols, [&](std::string_view protocol) {
    return size == protocol.size() && std::memcmp(name, protocol.data(), size) == 0;
  });
}

}  // namespace

std::string_view select(const unsigned char* names, std::size_t size) {
  for (const std::string_view protocol : protocols) {
    for (std::size_t at = 0; at < size; at += 1 + names[at]) {
      if (names[at] == protocol.size() && at + 1 + protocol.size() <= size &&
          std::memcmp(names + at + 1, protocol.data(), protocol.size()) == 0) {
        return protocol;
      }
    }
  }
  return {};
}

std::string_view read_and_select(const unsigned char* record, std::size_t size) {
  // The headers of the record and of the message, the version, the random; then the session id.
  std::size_t at = 5 + 4 + 2 + 32;
  if (size < at + 1 || record[0] != 22 || record[5] != 1) return {};
  at += 1U + record[at];
  if (size < at + 2) return {};
  at += 2 + read_u16(record + at);  // cipher suites
  if (size < at + 1) return {};
  at += 1U + record[at];  // compression methods
  if (size < at + 2) return {};
  const std::size_t end = at + 2 + read_u16(record + at);
  at += 2;
  if (size < end) return {};
  while (at + 4 <= end) {
    const std::size_t type = read_u16(record + at);
    const std::size_t length = read_u16(record + at + 2);
    at += 4;
    if (end - at < length) return {};
    if (type == 16) return length < 2 ? std::string_view() : select(record + at + 2, length - 2);
    at += length;
  }
  return {};
}

std::string_view select_of_extension(SSL* connection) {
  const unsigned char* body = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(connection, TLSEXT_TYPE_application_layer_protocol_negotiation, &body, &size) != 1 ||
      size < 2) {
    return {};
  }
  return select(body + 2, size - 2);
}

int answer_offer(SSL* /*connection*/, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                 unsigned in_size, void* /*unused*/) {
  unsigned char* selected = nullptr;
  const int found = SSL_select_next_proto(&selected, out_size, list, list_size, in, in_size);
  *out = selected;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

bool offer(SSL_CTX* context) { return SSL_CTX_set_alpn_protos(context, list, list_size) == 0; }

bool check_answer(const SSL* connection) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(connection, &name, &size);
  return is_ours(name, size);
}

bool set_protocols(gnutls_session_t session, unsigned flags) {
  // GnuTLS copies them.
  static unsigned char h2[] = "h2";
  static unsigned char http_1_1[] = "http/1.1";
  const gnutls_datum_t names[] = {{h2, sizeof h2 - 1}, {http_1_1, sizeof http_1_1 - 1}};
  return gnutls_alpn_set_protocols(session, names, std::size(names), flags) == 0;
}

bool check_answer(gnutls_session_t session) {
  gnutls_datum_t name{};
  return gnutls_alpn_get_selected_protocol(session, &name) == 0 && is_ours(name.data, name.size);
}

}  // namespace simplon::by_hand

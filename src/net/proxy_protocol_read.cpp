#include "net/proxy_protocol.hpp"
#include "net/proxy_protocol_wire.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

#include <sys/un.h>

namespace simplon::net {

namespace {

using Progress = std::variant<ProxyNeedsMore, ProxyHeader>;
using Outcome = std::expected<Progress, ProxyError>;

constexpr std::size_t shortest_line = std::string_view("PROXY UNKNOWN\r\n").size();

// As far as both go, they are the same.
bool agree(std::string_view text, std::string_view other) {
  const std::size_t size = std::min(text.size(), other.size());
  return text.substr(0, size) == other.substr(0, size);
}

// PROXY §2.1: decimal, without leading zeros.
std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || (text.starts_with('0') && text.size() > 1)) {
    return std::nullopt;
  }
  return port;
}

std::expected<Endpoint, ProxyError> parse_end(int family, std::string_view address, std::string_view port_text) {
  const auto port = parse_port(port_text);
  if (!port) return std::unexpected(ProxyError::bad_port);
  // A zero byte would end the text before its end.
  if (address.find('\0') != std::string_view::npos) return std::unexpected(ProxyError::bad_address);
  const auto endpoint = Endpoint::from_ip(std::string(address), *port);
  if (!endpoint || endpoint->family() != family) return std::unexpected(ProxyError::bad_address);
  return *endpoint;
}

// What stands behind "PROXY TCP4 " or "PROXY TCP6 ".
std::expected<ProxyAddresses, ProxyError> parse_ends(int family, std::string_view text) {
  std::array<std::string_view, 4> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t space = text.find(' ');
    if ((space == std::string_view::npos) != (i + 1 == words.size())) return std::unexpected(ProxyError::bad_line);
    words[i] = text.substr(0, space);
    if (space != std::string_view::npos) text.remove_prefix(space + 1);
  }
  const auto source = parse_end(family, words[0], words[2]);
  if (!source) return std::unexpected(source.error());
  const auto destination = parse_end(family, words[1], words[3]);
  if (!destination) return std::unexpected(destination.error());
  return ProxyAddresses{.source = *source, .destination = *destination};
}

// Whether no line can come of `text`, which has no CRLF yet.
bool is_hopeless(std::string_view text) {
  constexpr std::string_view unknown = "PROXY UNKNOWN";
  if (agree(text, unknown)) {
    return text.size() > unknown.size() && text[unknown.size()] != ' ' && text[unknown.size()] != '\r';
  }
  if (!agree(text, "PROXY TCP4 ") && !agree(text, "PROXY TCP6 ")) return true;
  // "The receiver must not tolerate a single CR or LF character."
  const std::size_t end = text.find_first_of("\r\n");
  return end != std::string_view::npos && (text[end] == '\n' || end + 1 < text.size());
}

// PROXY §2.1
Outcome read_v1(std::string_view text) {
  const std::string_view line_limit = text.substr(0, proxy_wire::line_bytes);
  const std::size_t end = line_limit.find("\r\n");
  if (end == std::string_view::npos) {
    if (is_hopeless(line_limit)) return std::unexpected(ProxyError::bad_line);
    const std::size_t missing = text.ends_with('\r') ? 1 : 2;
    if (text.size() + missing > proxy_wire::line_bytes) return std::unexpected(ProxyError::line_too_long);
    return ProxyNeedsMore{text.size() < shortest_line ? std::max(shortest_line - text.size(), missing) : missing};
  }
  const std::string_view line = text.substr(0, end);
  ProxyHeader header{.size = end + 2, .addresses = {}, .details = {}};
  // "The receiver must ignore anything presented before the CRLF is found."
  if (line == "PROXY UNKNOWN" || line.starts_with("PROXY UNKNOWN ")) return header;
  const bool v4 = line.starts_with("PROXY TCP4 ");
  const bool known = v4 || line.starts_with("PROXY TCP6 ");
  if (!known || line.find_first_of("\r\n") != std::string_view::npos) return std::unexpected(ProxyError::bad_line);
  auto addresses = parse_ends(v4 ? AF_INET : AF_INET6, line.substr(std::string_view("PROXY TCP4 ").size()));
  if (!addresses) return std::unexpected(addresses.error());
  header.addresses = *addresses;
  return header;
}

Endpoint read_path(Bytes path) {
  sockaddr_un local{};
  static_assert(sizeof local.sun_path == proxy_wire::path_bytes);
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.data(), path.size());
  return {reinterpret_cast<const sockaddr*>(&local), sizeof local};
}

// `block` holds exactly what `family` has.
ProxyAddresses read_addresses(proxy_wire::Family family, Bytes block) {
  if (family == proxy_wire::unix_socket) {
    return {.source = read_path(block.first(proxy_wire::path_bytes)),
            .destination = read_path(block.subspan(proxy_wire::path_bytes))};
  }
  const std::size_t size = family == proxy_wire::inet ? sizeof(in_addr) : sizeof(in6_addr);
  ByteReader ports(block.subspan(2 * size));
  const std::uint16_t source = *ports.read_u16();
  const std::uint16_t destination = *ports.read_u16();
  return {.source = Endpoint::from_bytes(block.first(size), source),
          .destination = Endpoint::from_bytes(block.subspan(size, size), destination)};
}

template <typename Value>
void keep_first(std::optional<Value>& place, Value value) {
  if (!place) place = value;
}

// PROXY §2.2.6
std::optional<ProxySsl> read_ssl(Bytes value) {
  ByteReader reader(value);
  const auto client = reader.read_u8();
  const auto verify = reader.read(sizeof(std::uint32_t));
  if (!client || !verify) return std::nullopt;
  ProxySsl ssl{.client = *client, .verify = 0, .version = {}, .cipher = {}, .common_name = {}};
  for (const std::byte byte : *verify)
    ssl.verify = ssl.verify << 8 | std::to_integer<std::uint32_t>(byte);
  while (!reader.empty()) {
    const std::uint8_t type = *reader.read_u8();
    const auto text = reader.read_vector_u16();
    if (!text) return std::nullopt;
    if (type == proxy_wire::ssl_version) keep_first(ssl.version, as_text(*text));
    if (type == proxy_wire::ssl_cipher) keep_first(ssl.cipher, as_text(*text));
    if (type == proxy_wire::ssl_common_name) keep_first(ssl.common_name, as_text(*text));
  }
  return ssl;
}

bool has_checksum(Bytes header, Bytes value) {
  std::uint32_t said = 0;
  for (const std::byte byte : value)
    said = said << 8 | std::to_integer<std::uint32_t>(byte);
  return said == proxy_wire::checksum(header, static_cast<std::size_t>(value.data() - header.data()));
}

// The TLVs from `start` to the end of `header` (PROXY §2.2).
std::expected<ProxyDetails, ProxyError> read_details(Bytes header, std::size_t start) {
  ProxyDetails details;
  std::optional<Bytes> checksum;
  for (ByteReader reader(header.subspan(start)); !reader.empty();) {
    const std::uint8_t type = *reader.read_u8();
    const auto value = reader.read_vector_u16();
    if (!value) return std::unexpected(ProxyError::broken_tlv);
    switch (type) {
      case proxy_wire::alpn:
        keep_first(details.alpn, *value);
        break;
      case proxy_wire::authority:
        keep_first(details.authority, as_text(*value));
        break;
      case proxy_wire::crc32c:
        if (value->size() != proxy_wire::checksum_bytes) return std::unexpected(ProxyError::broken_tlv);
        if (checksum) return std::unexpected(ProxyError::repeated_checksum);
        checksum = *value;
        break;
      case proxy_wire::ssl: {
        const auto ssl = read_ssl(*value);
        if (!ssl) return std::unexpected(ProxyError::broken_tlv);
        keep_first(details.ssl, *ssl);
        break;
      }
      default:  // "a receiver may choose to skip over and ignore the TLVs it is not interested in"
        break;
    }
  }
  if (checksum && !has_checksum(header, *checksum)) return std::unexpected(ProxyError::checksum_mismatch);
  return details;
}

// Who is announced, from bytes 13 and 14; nothing: the rest of the header is to be skipped.
std::expected<std::optional<proxy_wire::Family>, ProxyError> read_family(std::uint8_t command, std::uint8_t who) {
  // LOCAL: "discard the protocol block including the family which is ignored"
  if (command == proxy_wire::local) return std::nullopt;
  const auto family = static_cast<std::uint8_t>(who >> 4);
  const auto transport = static_cast<std::uint8_t>(who & 0x0f);
  if (family > proxy_wire::unix_socket || transport > proxy_wire::datagram) {
    return std::unexpected(ProxyError::bad_family);
  }
  // UNSPEC: "ignore address information", of which nobody can tell where it ends.
  if (family == proxy_wire::unspecified || transport == proxy_wire::no_transport) return std::nullopt;
  return static_cast<proxy_wire::Family>(family);
}

// PROXY §2.2
Outcome read_v2(Bytes bytes) {
  ByteReader fixed(bytes.subspan(proxy_wire::signature.size()));
  const auto version_and_command = fixed.read_u8();
  if (version_and_command) {
    if ((*version_and_command & 0xf0) != proxy_wire::version_2) return std::unexpected(ProxyError::bad_version);
    if ((*version_and_command & 0x0f) > proxy_wire::proxy) return std::unexpected(ProxyError::bad_command);
  }
  if (bytes.size() < proxy_wire::fixed_bytes) return ProxyNeedsMore{proxy_wire::fixed_bytes - bytes.size()};
  const std::uint8_t who = *fixed.read_u8();
  const auto family = read_family(*version_and_command & 0x0f, who);
  if (!family) return std::unexpected(family.error());
  const std::size_t size = proxy_wire::fixed_bytes + *fixed.read_u16();
  if (size > proxy_header_bytes) return std::unexpected(ProxyError::too_long);
  const std::size_t addresses_end = proxy_wire::fixed_bytes + (*family ? proxy_wire::address_bytes[**family] : 0);
  if (size < addresses_end) return std::unexpected(ProxyError::addresses_cut);
  if (bytes.size() < size) return ProxyNeedsMore{size - bytes.size()};

  ProxyHeader header{.size = size, .addresses = {}, .details = {}};
  if (!*family) return header;
  const auto details = read_details(bytes.first(size), addresses_end);
  if (!details) return std::unexpected(details.error());
  header.details = *details;
  if ((who & 0x0f) == proxy_wire::stream) {
    header.addresses =
        read_addresses(**family, bytes.subspan(proxy_wire::fixed_bytes, addresses_end - proxy_wire::fixed_bytes));
  }
  return header;
}

}  // namespace

std::expected<std::variant<ProxyNeedsMore, ProxyHeader>, ProxyError> read_proxy_header(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  if (text.empty()) return ProxyNeedsMore{shortest_line};
  if (agree(text, proxy_wire::line_start)) return read_v1(text);
  if (!agree(text, proxy_wire::signature)) return std::unexpected(ProxyError::not_proxy);
  if (text.size() < proxy_wire::signature.size()) return ProxyNeedsMore{proxy_wire::fixed_bytes - text.size()};
  return read_v2(bytes);
}

std::string_view describe(ProxyError error) noexcept {
  switch (error) {
    case ProxyError::not_proxy:
      return "no PROXY header: the first bytes are those of neither version";
    case ProxyError::line_too_long:
      return "PROXY header: no CRLF within 107 bytes";
    case ProxyError::bad_line:
      return "PROXY header: the line is not what version 1 prescribes";
    case ProxyError::bad_address:
      return "PROXY header: an address is not one of the announced family";
    case ProxyError::bad_port:
      return "PROXY header: a port is not 0 to 65535 without leading zeros";
    case ProxyError::bad_version:
      return "PROXY header: the binary version is not 2";
    case ProxyError::bad_command:
      return "PROXY header: the command is neither LOCAL nor PROXY";
    case ProxyError::bad_family:
      return "PROXY header: the address family or the transport is an unassigned one";
    case ProxyError::too_long:
      return "PROXY header: longer than 16384 bytes";
    case ProxyError::addresses_cut:
      return "PROXY header: the length has no room for the addresses";
    case ProxyError::broken_tlv:
      return "PROXY header: a TLV does not fit";
    case ProxyError::checksum_mismatch:
      return "PROXY header: the CRC32C is another";
    case ProxyError::repeated_checksum:
      return "PROXY header: more than one CRC32C";
  }
  return "PROXY header: broken";
}

}  // namespace simplon::net

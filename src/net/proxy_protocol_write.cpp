#include "net/proxy_protocol.hpp"
#include "net/proxy_protocol_wire.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <string>

#include <arpa/inet.h>
#include <sys/un.h>

namespace simplon::net {

namespace {

using proxy_wire::Family;

// One for both ends; a client of a dual-stack listener that came by IPv4 is announced as such.
Family family_of(const std::optional<ProxyAddresses>& addresses) {
  if (!addresses) return proxy_wire::unspecified;
  const auto& [source, destination] = *addresses;
  if (source.is_ip() && destination.is_ip()) {
    return source.is_ipv4() && destination.is_ipv4() ? proxy_wire::inet : proxy_wire::inet6;
  }
  const bool both_unix = source.family() == AF_UNIX && destination.family() == AF_UNIX;
  return both_unix ? proxy_wire::unix_socket : proxy_wire::unspecified;
}

std::string address_text(Family family, const Endpoint& endpoint) {
  if (family == proxy_wire::inet) return endpoint.address_text();
  const IpBytes ip = endpoint.ip();
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(AF_INET6, ip.data(), text.data(), text.size());
}

void write_path(ByteWriter& writer, const Endpoint& endpoint) {
  writer.write(std::as_bytes(std::span(reinterpret_cast<const sockaddr_un*>(endpoint.address())->sun_path)));
}

void write_addresses(ByteWriter& writer, Family family, const ProxyAddresses& addresses) {
  const auto& [source, destination] = addresses;
  if (family == proxy_wire::unix_socket) {
    write_path(writer, source);
    write_path(writer, destination);
    return;
  }
  const IpBytes from = source.ip();
  const IpBytes to = destination.ip();
  const std::size_t size = family == proxy_wire::inet ? sizeof(in_addr) : sizeof(in6_addr);
  writer.write(Bytes(from).last(size));
  writer.write(Bytes(to).last(size));
  writer.write_u16(source.port());
  writer.write_u16(destination.port());
}

bool write_tlv(ByteWriter& writer, proxy_wire::Type type, Bytes value) {
  writer.write_u8(type);
  return writer.write_vector(2, [&](ByteWriter& body) { body.write(value); });
}

bool write_text(ByteWriter& writer, proxy_wire::Type type, std::optional<std::string_view> text) {
  return !text || write_tlv(writer, type, as_bytes(*text));
}

// PROXY §2.2.6
bool write_ssl(ByteWriter& writer, const ProxySsl& ssl) {
  ByteWriter value;
  value.write_u8(ssl.client);
  value.write_u16(static_cast<std::uint16_t>(ssl.verify >> 16));
  value.write_u16(static_cast<std::uint16_t>(ssl.verify));
  return write_text(value, proxy_wire::ssl_version, ssl.version) &&
         write_text(value, proxy_wire::ssl_cipher, ssl.cipher) &&
         write_text(value, proxy_wire::ssl_common_name, ssl.common_name) &&
         write_tlv(writer, proxy_wire::ssl, value.bytes());
}

bool write_details(ByteWriter& writer, const ProxyDetails& details) {
  if (details.alpn && !write_tlv(writer, proxy_wire::alpn, *details.alpn)) return false;
  if (!write_text(writer, proxy_wire::authority, details.authority)) return false;
  return !details.ssl || write_ssl(writer, *details.ssl);
}

}  // namespace

std::vector<std::byte> build_proxy_v1(const std::optional<ProxyAddresses>& addresses) {
  const Family family = family_of(addresses);
  std::string line = "PROXY UNKNOWN";
  if (family == proxy_wire::inet || family == proxy_wire::inet6) {
    const auto& [source, destination] = *addresses;
    line = family == proxy_wire::inet ? "PROXY TCP4 " : "PROXY TCP6 ";
    line += address_text(family, source) + ' ' + address_text(family, destination);
    line += ' ' + std::to_string(source.port()) + ' ' + std::to_string(destination.port());
  }
  line += "\r\n";
  const Bytes bytes = as_bytes(line);
  return {bytes.begin(), bytes.end()};
}

std::expected<std::vector<std::byte>, ProxyError> build_proxy_v2(const std::optional<ProxyAddresses>& addresses,
                                                                 const ProxyDetails& details) {
  const Family family = family_of(addresses);
  ByteWriter body;
  if (family != proxy_wire::unspecified) write_addresses(body, family, *addresses);
  constexpr std::array<std::byte, proxy_wire::checksum_bytes> zeros{};
  const bool fits = write_details(body, details) && write_tlv(body, proxy_wire::crc32c, zeros);
  if (!fits || proxy_wire::fixed_bytes + body.bytes().size() > proxy_header_bytes) {
    return std::unexpected(ProxyError::too_long);
  }
  const proxy_wire::Transport transport =
      family == proxy_wire::unspecified ? proxy_wire::no_transport : proxy_wire::stream;
  ByteWriter writer;
  writer.write(as_bytes(proxy_wire::signature));
  writer.write_u8(proxy_wire::version_2 | proxy_wire::proxy);
  writer.write_u8(static_cast<std::uint8_t>(family << 4 | transport));
  writer.write_u16(static_cast<std::uint16_t>(body.bytes().size()));
  writer.write(body.bytes());

  std::vector<std::byte> header = writer.take();
  const std::size_t place = header.size() - proxy_wire::checksum_bytes;
  const std::uint32_t checksum = proxy_wire::checksum(header, place);
  for (std::size_t i = 0; i < proxy_wire::checksum_bytes; ++i)
    header[place + i] = static_cast<std::byte>(checksum >> (8 * (3 - i)));
  return header;
}

}  // namespace simplon::net

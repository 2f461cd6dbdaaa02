#include "serve/proxy_header.hpp"

#include "net/proxy_protocol.hpp"

#include <algorithm>
#include <cerrno>
#include <variant>
#include <vector>

#include <sys/socket.h>

namespace simplon::serve {

namespace {

// Turned away, and told nothing: whoever writes such headers can't be a client that would understand.
bool turn_away(Connection& connection, record::Reason reason, std::string_view detail) {
  connection.facts.verdict = record::Verdict::rejected;
  connection.fail(reason, std::string(detail));
  return false;
}

bool trusts(const config::ProxyProtocol& expected, const net::Endpoint& source) {
  if (!expected.trusted) return true;
  return std::ranges::any_of(*expected.trusted,
                             [&](const config::Network& network) { return network.contains(source.ip()); });
}

// Takes what was looked at before, and lets the client be whom it names.
bool accept(Connection& connection, const net::ProxyHeader& header) {
  const auto addresses = header.addresses;
  const std::span<std::byte> scratch = connection.services.scratch.first(header.size);
  if (::recv(connection.client.descriptor(), scratch.data(), scratch.size(), 0) != static_cast<ssize_t>(header.size)) {
    connection.fail(record::Reason::client_closed);
    return false;
  }
  // A Unix socket on the proxy's machine is nothing to log, to count or to hand on: as if none were named (PROXY §2.2).
  if (addresses && addresses->source.is_ip()) {
    connection.peer = addresses->source;
    connection.destination = std::make_unique<const net::Endpoint>(addresses->destination);
  }
  const auto too_many = connection.count_client();
  return !too_many || turn_away(connection, *too_many, "");
}

// Of a version 2 header: what is known for sure, and nothing else. `certificate` is that of `client`.
net::ProxyDetails tell(const Choice& choice, const tls::ServerConnection* client,
                       const std::optional<tls::ClientCertificate>& certificate) {
  net::ProxyDetails details;
  if (choice.authority) details.authority = *choice.authority;
  if (client == nullptr) return details;
  const tls::Negotiated negotiated = client->negotiated();
  if (const auto selected = client->selected()) details.alpn = as_bytes(selected->bytes());
  details.ssl = {.client = net::ProxySsl::over_tls,
                 .verify = 1,
                 .version = negotiated.version == route::TlsVersion::tls_1_3 ? "TLSv1.3" : "TLSv1.2",
                 .cipher = negotiated.openssl_cipher,
                 .common_name = {}};
  if (certificate) {
    details.ssl->verify = 0;
    details.ssl->client |= net::ProxySsl::certificate_in_session;
    if (!negotiated.resumed) details.ssl->client |= net::ProxySsl::certificate_now;
    // The header has a limit and this name has none that is kept (RFC 5280 Appendix A.1 says 64); part of it would be
    // another name.
    constexpr std::size_t longest_name = 1024;
    const std::string& name = certificate->common_name;
    if (!name.empty() && name.size() <= longest_name) details.ssl->common_name = name;
  }
  return details;
}

std::vector<std::byte> build(const Connection& connection, const Choice& choice, config::ProxyVersion version,
                             const tls::ServerConnection* client) {
  const net::ProxyAddresses addresses{.source = connection.peer, .destination = connection.local_end()};
  if (version == config::ProxyVersion::v1) return net::build_proxy_v1(addresses);
  std::optional<tls::ClientCertificate> certificate;
  if (client != nullptr) certificate = client->client_certificate();
  // A host name, a protocol's name, two words of the TLS library's, and a name of at most a kilobyte: it fits.
  return net::build_proxy_v2(addresses, tell(choice, client, certificate)).value();
}

}  // namespace

bool expects_proxy_header(const Connection& connection) noexcept {
  return connection.config().listeners[connection.listener].proxy_protocol.has_value();
}

net::Task<bool> take_proxy_header(Connection& connection, const net::Deadline& deadline) {
  const config::ProxyProtocol& expected = *connection.config().listeners[connection.listener].proxy_protocol;
  // Not even looked at: a listener has either clients or proxies, and never guesses (PROXY §2).
  if (!trusts(expected, connection.peer)) {
    co_return turn_away(connection, record::Reason::proxy_source_untrusted, "not one of the sources in proxy_protocol");
  }
  net::Socket& client = connection.client;
  net::LowWaterMark mark(client);
  std::size_t known = 0;
  for (;;) {
    const bool ready = co_await client.wait_readable();
    if (!ready) {
      connection.fail(deadline.expired() ? record::Reason::hello_timeout : record::Reason::drained);
      co_return false;
    }
    const std::span<std::byte> scratch = connection.services.scratch.first(net::proxy_header_bytes);
    const ssize_t size = ::recv(client.descriptor(), scratch.data(), scratch.size(), MSG_PEEK);
    if (size < 0 && errno == EAGAIN) continue;
    const std::size_t arrived = size > 0 ? static_cast<std::size_t>(size) : 0;
    if (arrived > known) {
      const auto progress = net::read_proxy_header(scratch.first(arrived));
      if (!progress) {
        const bool missing = progress.error() == net::ProxyError::not_proxy;
        co_return turn_away(connection,
                            missing ? record::Reason::proxy_header_missing : record::Reason::proxy_header_broken,
                            net::describe(progress.error()));
      }
      if (const auto* const header = std::get_if<net::ProxyHeader>(&*progress)) co_return accept(connection, *header);
      known = arrived;
      mark.set(arrived + std::get<net::ProxyNeedsMore>(*progress).bytes);
    } else if (size <= 0 || client.peer_has_closed()) {
      connection.fail(record::Reason::client_closed);
      co_return false;
    }
  }
}

net::Task<bool> send_proxy_header(Connection& connection, const Choice& choice, const tls::ServerConnection* client) {
  const auto version = connection.config().routes[choice.route].send_proxy;
  if (!version) co_return true;
  const std::vector<std::byte> header = build(connection, choice, *version, client);
  net::Deadline deadline(connection.services.deadlines, connection.limits().connect_timeout, *connection.backend);
  const net::PumpEnd end = co_await net::write_all(net::PlainStream(*connection.backend), header, deadline);
  if (end == net::PumpEnd::finished) co_return true;
  connection.facts.verdict = record::Verdict::failed;
  if (end == net::PumpEnd::sink_broke || deadline.expired()) {
    connection.services.counters.count_backend_error(connection.facts.backend);
  }
  if (end == net::PumpEnd::sink_broke) connection.fail(record::Reason::backend_reset);
  connection.fail(deadline.expired() ? record::Reason::backend_timeout : record::Reason::drained);
  co_return false;
}

}  // namespace simplon::serve

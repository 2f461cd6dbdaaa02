// A configuration that has been read and found valid: plain data, shared as `const`, never changed after loading.
#pragma once

#include "config/addresses.hpp"
#include "config/problem.hpp"
#include "route/route_table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace simplon::config {

/// Where the log goes.
enum class LogTarget : std::uint8_t {
  standard_error,
  file,  ///< `ServerSettings::log_file`
  off,
};

/// How a log line looks.
enum class LogFormat : std::uint8_t { json, text };

/// `[server]`
struct ServerSettings {
  std::optional<std::uint32_t> workers;  ///< nothing: one per CPU (`workers = 0`)
  std::optional<std::string> user;       ///< whom to become after binding when started as root; nothing: stay
  std::optional<std::string> group;      ///< with `user` only: instead of that user's own group
  LogTarget log = LogTarget::standard_error;
  std::filesystem::path log_file;  ///< meaningful with `LogTarget::file` only
  LogFormat log_format = LogFormat::json;
  std::uint32_t log_sample = 1;  ///< of connections and requests that end well, one in so many is logged
};

/// `[limits]`
struct Limits {
  /// No ClientHello is longer: two vectors with two-byte lengths.
  static constexpr std::size_t most_hello_bytes = 131'072;

  std::uint32_t connections = 100'000;
  // Nothing: no limit, written 0.
  std::optional<std::uint32_t> connections_per_client;      ///< at a time
  std::optional<std::uint32_t> new_connections_per_client;  ///< in a second
  std::optional<std::uint32_t> handshakes;                  ///< of all clients, under way at a time
  std::chrono::milliseconds hello_timeout{5'000};           ///< accept to whole hello
  std::chrono::milliseconds handshake_timeout{10'000};      ///< whole hello to end of handshake
  std::chrono::milliseconds connect_timeout{5'000};         ///< to reach one address of a backend
  std::chrono::milliseconds idle_timeout{300'000};          ///< without a byte in either direction
  std::chrono::milliseconds drain_timeout{30'000};          ///< from SIGTERM to the end; may be 0
  std::size_t hello_bytes = 65'536;                         ///< of the ClientHello message with its header

  // Of HTTP.
  std::size_t header_bytes = 32'768;      ///< request line, fields and trailers of one request, and those of a response
  std::uint32_t streams = 100;            ///< that one HTTP/2 client may have open at a time (RFC 9113 §5.1.2)
  std::uint32_t resets_per_minute = 200;  ///< of streams by one HTTP/2 client; beyond: ENHANCE_YOUR_CALM
  std::chrono::milliseconds request_timeout{30'000};       ///< from the first byte of a request's head to its last
  std::chrono::milliseconds response_timeout{60'000};      ///< from a request's end to the response's head
  std::chrono::milliseconds backend_idle_timeout{60'000};  ///< for which an unused connection to a backend is kept
  std::uint32_t backend_idle_connections = 256;  ///< unused ones that are kept, per shard and backend; may be 0
};

/// `[tls]`
struct TlsSettings {
  route::TlsVersion min_version = route::TlsVersion::tls_1_2;  ///< of terminating routes; 1.2 or 1.3 (RFC 8996)
  bool tickets = true;                                         ///< session tickets (RFC 5077, RFC 8446 §4.6.1)
  std::filesystem::path ticket_keys;  ///< the file of keys that they are sealed with; empty: random ones
  Position ticket_keys_position;
};

/// `[admin]`
struct AdminSettings {
  std::optional<AdminAddress> address;  ///< nothing: no admin server
  std::filesystem::path token_file;     ///< holds what clients have to show; empty: nothing. Not opened yet
  Position token_position;              ///< of `token_file`
};

/// `proxy_protocol`: every connection begins with a PROXY header, which says who the client is.
struct ProxyProtocol {
  std::optional<std::vector<Network>> trusted;  ///< who may write it, others are turned away; nothing: whoever connects
};

/// `[[listen]]`; its index is the one that `route::Request::listener` takes.
struct Listener {
  std::string name;  ///< unique; the address as written where no name is given
  ListenAddress address;
  Order order = Order::server;
  Mismatch mismatch = Mismatch::reject;
  std::optional<ProxyProtocol> proxy_protocol;  ///< nothing: the client is who connects
  bool redirect = false;  ///< no TLS here: plain HTTP, answered with a redirection to `https`; no route holds here
  Position position;
};

/// A chain of certificates, leaf first, and the leaf's private key, both PEM. The files have not been opened yet.
struct CertificateFiles {
  std::filesystem::path chain;
  std::filesystem::path key;
};

/// A folder that holds NAME.crt.pem beside NAME.key.pem, or NAME/fullchain.pem beside NAME/privkey.pem.
struct CertificateDirectory {
  std::filesystem::path path;
};

/// `[[certificate]]`; the first one is the default.
struct CertificateSource {
  std::variant<CertificateFiles, CertificateDirectory> source;
  Position position;
};

/// `pass`: hand over the TLS stream untouched.
struct Pass {
  std::vector<Backend> backends;  ///< one at least; taken in turn
};

/// `tcp`: terminate TLS; plain bytes to the backend.
struct Tcp {
  std::vector<Backend> backends;  ///< one at least; taken in turn
};

/// `tls`: terminate TLS; TLS to the backend.
struct Tls {
  std::vector<Backend> backends;      ///< one at least; taken in turn
  bool mirror = false;                ///< the client's own list is offered to the backend, whose choice the client gets
  bool verify = true;                 ///< the backend's certificate
  std::filesystem::path authorities;  ///< PEM of who may have issued it; empty: the system's
  std::optional<std::string> server_name;       ///< what the backend is called, lower-case; nothing: see the reference
  std::optional<CertificateFiles> certificate;  ///< ours, for a backend that asks for one
};

/// `http`: terminate TLS; h2 or http/1.1 to the client, HTTP to the backend.
struct Http {
  bool h2c = false;               ///< the backends speak HTTP/2 by prior knowledge; otherwise HTTP/1.1
  std::vector<Backend> backends;  ///< one at least; taken in turn
};

/// `acme_dir`: answer `acme-tls/1` with the certificates that an ACME client leaves there (RFC 8737).
struct Acme {
  std::filesystem::path folder;  ///< NAME.crt.pem beside NAME.key.pem, each for as long as its challenge lasts
};

/// `inspect = true`: the page that shows what the client offered and got.
struct Inspect {};

/// `reject = true`: refused with no_application_protocol.
struct Reject {};

/// What becomes of a connection.
using Action = std::variant<Pass, Tcp, Tls, Http, Acme, Inspect, Reject>;

/// The action's key in the file and its name in the log: "pass", "tcp", "tls", "http", "acme_dir", "inspect" or
/// "reject".
[[nodiscard]] std::string_view name_of(const Action& action) noexcept;

/// TLS ends here.
[[nodiscard]] bool terminates(const Action& action) noexcept;

/// TLS ends here, with a certificate of the configuration.
[[nodiscard]] bool needs_certificate(const Action& action) noexcept;

/// `send_proxy`: the version of the PROXY header that a connection to a backend begins with.
enum class ProxyVersion : std::uint8_t { v1, v2 };

/// What a route that ends TLS wants of it, beyond `min_tls`.
struct TlsPolicy {
  std::vector<std::string> ciphers;          ///< the only suites, in our order and OpenSSL's words; empty: the default
  std::vector<std::string> groups;           ///< the only groups of the key exchange, likewise
  std::filesystem::path client_authorities;  ///< PEM of who issues the certificate that clients must have; empty: none

  friend bool operator==(const TlsPolicy&, const TlsPolicy&) = default;
};

/// `[[route]]`; its server names and match are `Config::table.routes()` at the same index.
struct Route {
  std::uint32_t number = 0;  ///< its place among all routes, from 1, as log and `explain` say it
  Action action;
  /// What the client must at least have: `min_tls`, and on a terminating route `[tls] min_version` too.
  route::TlsVersion min_tls = route::TlsVersion::none;
  TlsPolicy policy;                        ///< of routes that end TLS with a certificate of the configuration
  std::optional<ProxyVersion> send_proxy;  ///< nothing: none is sent; not on `http` routes
  Position position;
};

/// A whole configuration.
struct Config {
  ServerSettings server;
  Limits limits;
  TlsSettings tls;
  AdminSettings admin;
  std::vector<Listener> listeners;              ///< one at least that does not redirect
  std::vector<CertificateSource> certificates;  ///< may be empty where no route terminates, and in the quick forms
  std::vector<Route> routes;                    ///< one at least
  route::RouteTable table;                      ///< made of `listeners` and `routes`, with the same indexes
  std::vector<Problem> warnings;                ///< legal, but hardly what was meant
};

}  // namespace simplon::config

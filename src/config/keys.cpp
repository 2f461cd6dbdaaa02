#include "config/keys.hpp"

#include <array>

namespace simplon::config {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array top_keys = {"include"sv, "server"sv, "limits"sv,      "tls"sv,
                                 "admin"sv,   "listen"sv, "certificate"sv, "route"sv};
constexpr std::array server_keys = {"workers"sv, "user"sv, "group"sv, "log"sv, "log_format"sv, "log_sample"sv};
constexpr std::array limits_keys = {"connections"sv,
                                    "connections_per_client"sv,
                                    "new_connections_per_client"sv,
                                    "handshakes"sv,
                                    "hello_timeout"sv,
                                    "handshake_timeout"sv,
                                    "connect_timeout"sv,
                                    "idle_timeout"sv,
                                    "drain_timeout"sv,
                                    "hello_bytes"sv,
                                    "header_bytes"sv,
                                    "streams"sv,
                                    "resets_per_minute"sv,
                                    "request_timeout"sv,
                                    "response_timeout"sv,
                                    "backend_idle_timeout"sv,
                                    "backend_idle_connections"sv};
constexpr std::array tls_keys = {"min_version"sv, "tickets"sv, "ticket_keys"sv};
constexpr std::array admin_keys = {"address"sv, "token_file"sv};
constexpr std::array listen_keys = {"name"sv, "address"sv, "order"sv, "mismatch"sv, "proxy_protocol"sv, "redirect"sv};
constexpr std::array certificate_keys = {"chain"sv, "key"sv, "dir"sv};
constexpr std::array route_keys = {"sni"sv,       "alpn"sv,   "listen"sv,    "min_tls"sv, "ciphers"sv, "groups"sv,
                                   "client_ca"sv, "pass"sv,   "tcp"sv,       "tls"sv,     "http"sv,    "inspect"sv,
                                   "acme_dir"sv,  "reject"sv, "mirror"sv,    "verify"sv,  "ca"sv,      "server_name"sv,
                                   "chain"sv,     "key"sv,    "send_proxy"sv};
constexpr std::array match_keys = {"any"sv, "only"sv, "first"sv, "all"sv};

}  // namespace

namespace keys {
constexpr KeyTable top{"", top_keys};
constexpr KeyTable server{"server", server_keys};
constexpr KeyTable limits{"limits", limits_keys};
constexpr KeyTable tls{"tls", tls_keys};
constexpr KeyTable admin{"admin", admin_keys};
constexpr KeyTable listen{"listen", listen_keys};
constexpr KeyTable certificate{"certificate", certificate_keys};
constexpr KeyTable route{"route", route_keys};
constexpr KeyTable match{"alpn", match_keys};
}  // namespace keys

std::span<const KeyTable> known_keys() noexcept {
  static constexpr std::array all = {keys::top,    keys::server,      keys::limits, keys::tls,  keys::admin,
                                     keys::listen, keys::certificate, keys::route,  keys::match};
  return all;
}

}  // namespace simplon::config

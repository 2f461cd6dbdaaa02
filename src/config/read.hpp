// The tables of a file, each read by its own function into a draft. They report problems and go on.
#pragma once

#include "config/draft.hpp"
#include "config/source.hpp"

#include <string_view>

namespace simplon::config {

/// `[server]`
void read_server(Source& source, const toml::table& table, ServerSettings& server);
/// `[limits]`
void read_limits(Source& source, const toml::table& table, Limits& limits);
/// `[tls]`
void read_tls(Source& source, const toml::table& table, TlsSettings& tls);
/// `[admin]`
void read_admin(Source& source, const toml::table& table, AdminSettings& admin);
/// One `[[listen]]`
void read_listener(Source& source, const toml::table& table, Draft& draft);
/// One `[[certificate]]`
void read_certificate(Source& source, const toml::table& table, Draft& draft);
/// One `[[route]]`
void read_route(Source& source, const toml::table& table, Draft& draft);

/// `tls_1_2` or `tls_1_3`, where `key` says so.
[[nodiscard]] std::optional<route::TlsVersion> read_tls_version(TableReader& reader, std::string_view key);

/// The actions of routes, those of later versions too.
enum class ActionKey : std::uint8_t { pass, tcp, tls, http, inspect, acme_dir, reject };

/// The backends that `key` lists, one at least; nothing once it was reported what is wrong.
[[nodiscard]] std::optional<std::vector<Backend>> read_backends(TableReader& reader, std::string_view key);

/// A route's `tls` with what goes with it; nothing once it was reported what is wrong.
[[nodiscard]] std::optional<Tls> read_tls(TableReader& reader);

/// A route's `ciphers`, `groups` and `client_ca`; of what is wrong, which is reported, nothing.
[[nodiscard]] TlsPolicy read_tls_policy(TableReader& reader);

/// Whether a suite of `policy` is for `version`, where it names any.
[[nodiscard]] bool has_suites_for(route::TlsVersion version, const TlsPolicy& policy) noexcept;

/// Whether a route says `mirror = true`. Reports nothing.
[[nodiscard]] bool mirrors(const TableReader& reader);

/// What a route without `alpn` asks for.
[[nodiscard]] route::Match default_match(ActionKey action);

/// A route's `alpn`: the match it says, the default of `action` where it is absent, nothing where it is wrong.
/// `role` decides which names are errors.
[[nodiscard]] std::optional<route::Match> read_match(TableReader& reader, ActionKey action, route::Role role);

}  // namespace simplon::config

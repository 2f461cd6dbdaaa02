// [server], [limits], [tls] and [admin].
#include "config/read.hpp"
#include "config/spelling.hpp"

#include <limits>

#include <fmt/format.h>

namespace simplon::config {

namespace {

void read_log(TableReader& reader, ServerSettings& server) {
  const auto log = reader.string("log");
  if (!log) return;
  if (*log == "stderr") {
    server.log = LogTarget::standard_error;
  } else if (*log == "off") {
    server.log = LogTarget::off;
  } else {
    server.log = LogTarget::file;
    server.log_file = reader.source().resolve(*log);
  }
}

// What a timeout has at least; none is a way to switch it off.
constexpr std::chrono::milliseconds soon{1};

// The part of [limits] that is about HTTP.
void read_http_limits(TableReader& reader, Limits& limits) {
  // Below the least, ordinary browsers would be refused; the most is what one client may have us hold.
  constexpr std::int64_t least_header = 1'024;
  constexpr std::int64_t most_header = 1'048'576;
  constexpr std::int64_t most_streams = 1'000;
  constexpr std::int64_t most_resets = 1'000'000;
  constexpr std::int64_t most_idle = 10'000;
  if (const auto bytes = reader.integer("header_bytes", least_header, most_header)) {
    limits.header_bytes = static_cast<std::size_t>(*bytes);
  }
  if (const auto count = reader.integer("streams", 1, most_streams)) {
    limits.streams = static_cast<std::uint32_t>(*count);
  }
  if (const auto count = reader.integer("resets_per_minute", 1, most_resets)) {
    limits.resets_per_minute = static_cast<std::uint32_t>(*count);
  }
  if (const auto time = reader.duration("request_timeout", soon)) limits.request_timeout = *time;
  if (const auto time = reader.duration("response_timeout", soon)) limits.response_timeout = *time;
  if (const auto time = reader.duration("backend_idle_timeout", soon)) limits.backend_idle_timeout = *time;
  if (const auto count = reader.integer("backend_idle_connections", 0, most_idle)) {
    limits.backend_idle_connections = static_cast<std::uint32_t>(*count);
  }
}

}  // namespace

void read_server(Source& source, const toml::table& table, ServerSettings& server) {
  static constexpr Choice<LogFormat> formats[] = {{"json", LogFormat::json}, {"text", LogFormat::text}};
  constexpr std::int64_t most_workers = 1024;
  constexpr std::int64_t most_sample = 1'000'000;
  TableReader reader(source, table, keys::server);
  if (const auto workers = reader.integer("workers", 0, most_workers); workers && *workers != 0) {
    server.workers = static_cast<std::uint32_t>(*workers);
  }
  if (auto user = reader.string("user")) server.user = std::move(*user);
  if (auto group = reader.string("group")) {
    if (!server.user) {
      source.report(reader.value_position("group"), "`group` goes with `user`: add user = \"NAME\", or remove it");
    }
    server.group = std::move(*group);
  }
  read_log(reader, server);
  if (const auto format = reader.choice("log_format", formats)) server.log_format = *format;
  if (const auto sample = reader.integer("log_sample", 1, most_sample)) {
    server.log_sample = static_cast<std::uint32_t>(*sample);
  }
}

void read_limits(Source& source, const toml::table& table, Limits& limits) {
  constexpr std::int64_t most_connections = 10'000'000;
  constexpr std::int64_t least_hello = 512;  // holds a plain TLS 1.2 hello
  constexpr std::int64_t most_hello = Limits::most_hello_bytes;
  TableReader reader(source, table, keys::limits);
  if (const auto count = reader.integer("connections", 1, most_connections)) {
    limits.connections = static_cast<std::uint32_t>(*count);
  }
  const auto read_unless_0 = [&](std::string_view key, std::optional<std::uint32_t>& limit) {
    const auto count = reader.integer(key, 0, most_connections);
    if (count && *count != 0) limit = static_cast<std::uint32_t>(*count);
  };
  read_unless_0("connections_per_client", limits.connections_per_client);
  read_unless_0("new_connections_per_client", limits.new_connections_per_client);
  read_unless_0("handshakes", limits.handshakes);
  if (const auto time = reader.duration("hello_timeout", soon)) limits.hello_timeout = *time;
  if (const auto time = reader.duration("handshake_timeout", soon)) limits.handshake_timeout = *time;
  if (const auto time = reader.duration("connect_timeout", soon)) limits.connect_timeout = *time;
  if (const auto time = reader.duration("idle_timeout", soon)) limits.idle_timeout = *time;
  if (const auto time = reader.duration("drain_timeout", {})) limits.drain_timeout = *time;
  if (const auto bytes = reader.integer("hello_bytes", least_hello, most_hello)) {
    limits.hello_bytes = static_cast<std::size_t>(*bytes);
  }
  read_http_limits(reader, limits);
}

void read_tls(Source& source, const toml::table& table, TlsSettings& tls) {
  TableReader reader(source, table, keys::tls);
  if (const auto version = read_tls_version(reader, "min_version")) tls.min_version = *version;
  if (const auto tickets = reader.boolean("tickets")) tls.tickets = *tickets;
  if (auto path = reader.path("ticket_keys")) {
    tls.ticket_keys = std::move(*path);
    tls.ticket_keys_position = reader.value_position("ticket_keys");
  }
}

void read_admin(Source& source, const toml::table& table, AdminSettings& admin) {
  TableReader reader(source, table, keys::admin);
  const bool has_token = reader.has("token_file");
  if (auto path = reader.path("token_file")) {
    admin.token_file = std::move(*path);
    admin.token_position = reader.value_position("token_file");
  }
  const auto text = reader.string("address");
  if (!text) return;
  auto address = parse_admin_address(*text, source.folder);
  if (!address) {
    source.report(reader.value_position("address"), address.error());
  } else if (!address->is_local() && !has_token) {
    source.report(reader.value_position("address"),
                  fmt::format("{} can be reached from other machines, and whoever reaches the admin server may read "
                              "all it has: add a `token_file`, or write a loopback address, such as "
                              "\"127.0.0.1:9901\" or \"[::1]:9901\", or unix:/path",
                              quote(*text)));
  } else {
    admin.address = std::move(*address);
  }
}

std::optional<route::TlsVersion> read_tls_version(TableReader& reader, std::string_view key) {
  static constexpr Choice<route::TlsVersion> versions[] = {{"1.2", route::TlsVersion::tls_1_2},
                                                           {"1.3", route::TlsVersion::tls_1_3}};
  const toml::node* node = reader.find(key);
  if (node != nullptr && node->is_floating_point()) {
    reader.source().report(reader.value_position(key),
                           fmt::format("`{}` must be a string: write \"1.2\" or \"1.3\"", key));
    return std::nullopt;
  }
  return reader.choice(key, versions);
}

}  // namespace simplon::config

#include "admin/log_line.hpp"

#include "admin/json.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace simplon::admin {

namespace {

// For the text form: nothing in it ends the line, the quotes, or the terminal's patience.
std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string format_time(std::chrono::system_clock::time_point time) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
  return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (ms - seconds).count());
}

std::string to_json(const record::Connection& connection) {
  const Json line = {
      {"event", "connection"},
      {"ts", format_time(connection.started)},
      {"listener", connection.listener},
      {"client", connection.client},
      {"sni", or_null(connection.server_name)},
      {"offered", or_null(connection.offered)},
      {"selected", or_null(connection.selected)},
      {"route", or_null(connection.route)},
      {"action", or_null(connection.action)},
      {"verdict", name_of(connection.verdict)},
      {"reason", or_null(name_of(connection.reason))},
      {"would_reject", connection.would_reject},
      {"alert", or_null(connection.alert)},
      {"tls", or_null(connection.tls)},
      {"cipher", or_null(connection.cipher)},
      {"resumed", connection.resumed},
      {"ech_offered", connection.ech_offered},
      {"ja4", or_null(connection.ja4)},
      {"backend", or_null(connection.backend)},
      {"bytes_in", connection.bytes_in},
      {"bytes_out", connection.bytes_out},
      {"hello_ms", to_milliseconds(connection.hello)},
      {"handshake_ms", to_milliseconds(connection.handshake)},
      {"total_ms", to_milliseconds(connection.total)},
      {"error", or_null(connection.error)},
  };
  return dump(line);
}

std::string to_text(const record::Connection& connection) {
  std::string line = fmt::format("{} {} {} {}", format_time(connection.started), connection.listener, connection.client,
                                 name_of(connection.verdict));
  const auto add = [&line](std::string_view name, std::string_view value) {
    if (!value.empty()) line += fmt::format(" {}={}", name, value);
  };
  add("sni", connection.server_name.value_or(""));
  add("offered", connection.offered ? fmt::format("{}", fmt::join(*connection.offered, ",")) : "-");
  add("selected", connection.selected.value_or(""));
  if (connection.route) line += fmt::format(" route={}", *connection.route);
  add("action", connection.action);
  add("reason", name_of(connection.reason));
  if (connection.would_reject) line += " would_reject";
  if (connection.alert) line += fmt::format(" alert={}", *connection.alert);
  add("tls", connection.tls);
  add("cipher", connection.cipher);
  if (connection.resumed) line += " resumed";
  add("ja4", connection.ja4);
  add("backend", connection.backend);
  line += fmt::format(" in={} out={} ms={:.1f}", connection.bytes_in, connection.bytes_out,
                      static_cast<double>(connection.total.count()) / 1000.0);
  if (!connection.error.empty()) line += " error=" + quote(connection.error);
  return line;
}

std::string to_json(const record::Request& request) {
  const Json line = {
      {"event", "request"},
      {"ts", format_time(request.started)},
      {"listener", request.listener},
      {"client", request.client},
      {"route", request.route},
      {"method", request.method},
      {"authority", or_null(request.authority)},
      {"path", request.path},
      {"status", or_null(request.status)},
      {"protocol", request.protocol},
      {"backend_protocol", or_null(request.backend_protocol)},
      {"backend", or_null(request.backend)},
      {"bytes_in", request.bytes_in},
      {"bytes_out", request.bytes_out},
      {"total_ms", to_milliseconds(request.total)},
      {"reason", or_null(name_of(request.reason))},
      {"error", or_null(request.error)},
  };
  return dump(line);
}

std::string to_text(const record::Request& request) {
  std::string line = fmt::format("{} {} {} {} {} {}", format_time(request.started), request.listener, request.client,
                                 request.protocol, quote(request.method + ' ' + request.authority + request.path),
                                 request.status ? std::to_string(*request.status) : "-");
  if (!request.backend.empty()) line += fmt::format(" backend={} {}", request.backend, request.backend_protocol);
  line += fmt::format(" in={} out={} ms={:.1f}", request.bytes_in, request.bytes_out,
                      static_cast<double>(request.total.count()) / 1000.0);
  if (request.reason != record::Reason::none) line += fmt::format(" reason={}", name_of(request.reason));
  if (!request.error.empty()) line += " error=" + quote(request.error);
  return line;
}

}  // namespace simplon::admin

// A configuration while it is being read: what `Config` will hold, and what is only known once every file was read.
#pragma once

#include "config/config.hpp"
#include "route/route_table.hpp"

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

namespace simplon::config {

/// A value of the file and where it stands.
struct Text {
  std::string text;
  Position position;
};

/// A listener whose routes are not known yet.
struct ListenerDraft {
  Listener listener;
  Position name_position;
  Position address_position;
  Position mismatch_position;
};

/// A route whose listeners are known by name only.
struct RouteDraft {
  Route route;
  route::RouteSpec spec;
  std::vector<Text> listeners;
  Position sni_position;      ///< the route's own where it has no `sni`
  Position alpn_position;     ///< the route's own where it has no `alpn`
  Position ciphers_position;  ///< likewise
};

/// What has been read so far, and what was wrong with it.
struct Draft {
  ServerSettings server;
  Limits limits;
  TlsSettings tls;
  AdminSettings admin;
  std::vector<ListenerDraft> listeners;
  std::vector<CertificateSource> certificates;
  std::vector<RouteDraft> routes;
  std::size_t certificate_tables = 0;  ///< those with errors too, so that an error does not breed others
  bool certificate_made = false;       ///< the caller makes one where the file names none
  bool incomplete = false;             ///< a file could not be read, so nothing can be said to be missing
  std::vector<Problem> problems;
};

/// Settles what needs the whole: listeners by name, addresses and names used twice, the effective `min_tls`, the
/// certificate that termination needs, the route table. `main_file` is to blame where something is missing.
[[nodiscard]] std::expected<Config, std::vector<Problem>> settle(Draft draft, const std::string& main_file);

}  // namespace simplon::config

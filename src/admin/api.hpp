// What the admin server says of the gateway in JSON. Each answer is made of the moment.
#pragma once

#include "admin/watched.hpp"

#include <string>
#include <vector>

namespace simplon::admin {

/// `/api/status`: the program, its listeners, its certificates.
[[nodiscard]] std::string status_json(const Watched& watched);

/// `/api/reload`: how often the configuration or a certificate was taken up or refused, and what became of the last.
[[nodiscard]] std::string reload_json(const Watched& watched);

/// `/api/routes`: what each takes, where it leads, and how its backends are.
[[nodiscard]] std::string routes_json(const Watched& watched);

/// `/api/connections`: a page of what is `found`, which holds at least as many; newest first. `complete`: of all
/// shards.
[[nodiscard]] std::string connections_json(std::vector<LiveConnection> found, Page page, bool complete);

/// One event of `/api/events`: totals since the start.
[[nodiscard]] std::string sample_json(const Watched& watched);

}  // namespace simplon::admin

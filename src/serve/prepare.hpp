// From a configuration to what connections are served by.
#pragma once

#include "config/config.hpp"
#include "serve/snapshot.hpp"
#include "tls/certificate.hpp"

#include <cstddef>
#include <expected>
#include <memory>
#include <vector>

namespace simplon::serve {

/// A snapshot, and what is odd about its certificates.
struct Prepared {
  std::shared_ptr<const Snapshot> snapshot;
  std::size_t certificates = 0;  ///< how many there are
  std::vector<config::Problem> warnings;
};

/// Reads every file that `config` names, and makes a snapshot that can take the place of `former`, which is null for
/// the first. `made` are the certificates where the configuration names none. Fails with all that is wrong.
[[nodiscard]] std::expected<Prepared, std::vector<config::Problem>> prepare(
    std::shared_ptr<const config::Config> config, const Snapshot* former, std::vector<tls::Certificate> made);

}  // namespace simplon::serve

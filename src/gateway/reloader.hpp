// Takes up another configuration, or other certificates, while the gateway runs.
#pragma once

#include "config/config.hpp"
#include "gateway/file_watch.hpp"
#include "gateway/gateway.hpp"
#include "tls/certificate.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

namespace simplon::gateway {

/// Belongs to the thread that made the gateway. What it does takes time, during which connections are served.
class Reloader {
 public:
  using Clock = std::chrono::steady_clock;

  /// Files that change together, such as a chain and its key, have so long to do so.
  static constexpr std::chrono::milliseconds settling{300};
  /// How often files are looked at without having heard of a change.
  static constexpr std::chrono::seconds patience{60};

  /// `file` is the configuration's, empty where there is none; `made` are the certificates where the configuration
  /// names none. `gateway` must outlive it.
  Reloader(Gateway& gateway, std::filesystem::path file, std::vector<tls::Certificate> made, Gateway::Note note);

  /// Takes up the configuration's file and all that it names, or refuses it whole; the outcome goes to the log.
  void reload();

  /// Readable when a file may have changed; -1 where only time tells.
  [[nodiscard]] int descriptor() const noexcept { return watch_->descriptor(); }
  /// To be called when it is readable, and when `due` has come: takes up changed certificates, under the configuration
  /// that is served by, not what its file says by now.
  void look(Clock::time_point now = Clock::now());
  [[nodiscard]] Clock::time_point due() const noexcept { return due_; }

 private:
  // The files that the configuration of now names.
  void take_up_files(record::Reload reload);
  // Whether it was applied.
  bool take_up(std::shared_ptr<const config::Config> config, record::Reload reload);
  bool refuse(record::Reload reload, const std::vector<config::Problem>& problems);

  Gateway& gateway_;
  std::filesystem::path file_;
  std::vector<tls::Certificate> made_;
  Gateway::Note note_;
  config::ServerSettings server_;  // of the start
  config::AdminSettings admin_;
  std::unique_ptr<FileWatch> watch_;
  Clock::time_point due_;
  bool settling_ = false;
};

}  // namespace simplon::gateway

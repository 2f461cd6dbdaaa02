#include "gateway/reloader.hpp"

#include "config/load.hpp"
#include "serve/certificates.hpp"
#include "serve/prepare.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace simplon::gateway {

namespace {

// Keys that only a restart applies, and that differ.
std::vector<std::string> restart_only(const config::ServerSettings& server, const config::AdminSettings& admin,
                                      const config::Config& wanted) {
  std::vector<std::string> keys;
  const auto compare = [&](std::string_view key, const auto& left, const auto& right) {
    if (left != right) keys.emplace_back(key);
  };
  compare("[server] workers", server.workers, wanted.server.workers);
  compare("[server] user", server.user, wanted.server.user);
  compare("[server] group", server.group, wanted.server.group);
  compare("[server] log", std::pair(server.log, server.log_file), std::pair(wanted.server.log, wanted.server.log_file));
  compare("[server] log_format", server.log_format, wanted.server.log_format);
  compare("[server] log_sample", server.log_sample, wanted.server.log_sample);
  compare("[admin] address", admin.address, wanted.admin.address);
  compare("[admin] token_file", admin.token_file, wanted.admin.token_file);
  return keys;
}

std::unique_ptr<FileWatch> watch(const config::Config& config) {
  auto made = std::make_unique<FileWatch>();
  made->set(serve::files_read(config));
  return made;
}

record::Reload begin(std::string cause) {
  record::Reload reload;
  reload.at = std::chrono::system_clock::now();
  reload.cause = std::move(cause);
  return reload;
}

std::string describe(const record::Reload& reload, const serve::Snapshot& snapshot) {
  std::string text =
      fmt::format("{}; listeners: {}, routes: {}, names with a certificate: {}", reload.cause,
                  snapshot.config().listeners.size(), snapshot.config().routes.size(), snapshot.certificates().size());
  if (!reload.unchanged.empty()) text += fmt::format("; only a restart applies {}", fmt::join(reload.unchanged, ", "));
  return text;
}

}  // namespace

Reloader::Reloader(Gateway& gateway, std::filesystem::path file, std::vector<tls::Certificate> made, Gateway::Note note)
    : gateway_(gateway),
      file_(std::move(file)),
      made_(std::move(made)),
      note_(std::move(note)),
      server_(gateway.snapshot()->config().server),
      admin_(gateway.snapshot()->config().admin),
      watch_(watch(gateway.snapshot()->config())),
      due_(Clock::now() + patience) {}

void Reloader::reload() {
  record::Reload reload = begin("SIGHUP");
  if (file_.empty()) return take_up_files(std::move(reload));
  auto loaded = config::load_file(file_);
  if (!loaded) {
    refuse(std::move(reload), loaded.error());
    return;
  }
  reload.unchanged = restart_only(server_, admin_, *loaded);
  for (const config::Problem& warning : loaded->warnings)
    reload.warnings.push_back(to_text(warning));
  // Before the files are read: what changes meanwhile shows at the next look.
  auto watching = watch(*loaded);
  if (take_up(std::make_shared<const config::Config>(std::move(*loaded)), std::move(reload))) {
    watch_ = std::move(watching);
  }
}

void Reloader::look(Clock::time_point now) {
  if (watch_->take_events()) {
    // Whoever writes one file after the other is waited for, but not for ever.
    if (!settling_) due_ = now + settling;
    settling_ = true;
  }
  if (now < due_) return;
  settling_ = false;
  due_ = now + patience;
  gateway_.sweep();
  if (watch_->changed()) take_up_files(begin("certificate"));
}

void Reloader::take_up_files(record::Reload reload) {
  const auto config = gateway_.snapshot()->shared_config();
  // Even if they are refused: a folder may be new, and the file in it that is missing is still to come.
  watch_->set(serve::files_read(*config));
  take_up(config, std::move(reload));
}

bool Reloader::take_up(std::shared_ptr<const config::Config> config, record::Reload reload) {
  const auto prepared = serve::prepare(std::move(config), gateway_.snapshot().get(), made_);
  if (!prepared) return refuse(std::move(reload), prepared.error());
  if (const auto replaced = gateway_.replace(prepared->snapshot); !replaced) {
    return refuse(std::move(reload), {{.position = {}, .message = replaced.error()}});
  }
  for (const config::Problem& warning : prepared->warnings)
    reload.warnings.push_back(to_text(warning));
  reload.applied = true;
  note_("reloaded", describe(reload, *prepared->snapshot));
  for (const std::string& warning : reload.warnings)
    note_("reload_warning", warning);
  gateway_.note_reload(std::move(reload));
  gateway_.sweep();
  return true;
}

bool Reloader::refuse(record::Reload reload, const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    reload.problems.push_back(to_text(problem));
    note_("reload_refused", reload.problems.back());
  }
  gateway_.note_reload(std::move(reload));
  return false;
}

}  // namespace simplon::gateway

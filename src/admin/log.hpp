// The log: lines written by a thread of their own, so that a slow disk never holds up a connection.
#pragma once

#include "config/config.hpp"
#include "serve/connection.hpp"

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace simplon::admin {

/// Takes records from any thread. When the writer falls behind, or the disk is full, lines are dropped and the number
/// of them is logged; the data path never waits. With `log_sample`, of what ended well only a part is logged.
class Log final : public serve::Recorder {
 public:
  /// Opens the log that `settings` describe; fails with a sentence that names the file.
  [[nodiscard]] static std::expected<std::unique_ptr<Log>, std::string> open(const config::ServerSettings& settings);
  ~Log() override;

  [[nodiscard]] bool wants_detail() const noexcept override;
  void record(const record::Connection& connection) override;
  void record(const record::Request& request) override;
  /// Something about the gateway itself: `event` is a word such as "started".
  void note(std::string_view event, std::string_view message);
  /// Opens the log file anew, after it was moved away by log rotation. Where that fails the old file is kept, and says
  /// so.
  void reopen();

 private:
  struct Writer;
  explicit Log(std::unique_ptr<Writer> writer);

  std::unique_ptr<Writer> writer_;  // null: off
};

}  // namespace simplon::admin

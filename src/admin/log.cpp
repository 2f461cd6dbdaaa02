#include "admin/log.hpp"

#include "admin/log_file.hpp"
#include "admin/log_line.hpp"
#include "admin/log_queue.hpp"

#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace simplon::admin {

namespace {

constexpr std::size_t batch_bytes = 64UZ * 1024;

}  // namespace

// The thread that writes.
struct Log::Writer {
  Writer(config::ServerSettings wanted, LogFile opened) : settings(std::move(wanted)), file(std::move(opened)) {
    thread = std::thread([this] { run(); });
  }
  ~Writer() {
    file.hurry();
    stopping = true;
    queue.wake();
    thread.join();
  }

  void run() {
    for (bool last = false; !last;) {
      queue.wait();
      last = stopping;
      write_all();
    }
  }

  void write_all() {
    const std::size_t dropped = queue.drain([this](std::string_view line) {
      batch.append(line).push_back('\n');
      ++lines;
      if (batch.size() >= batch_bytes) flush();
    });
    if (dropped > 0) batch += describe_lost(dropped, "the log could not keep up");
    flush();
  }

  // What can't be written is dropped: it would have to be kept for as long as the disk is full.
  void flush() {
    if (batch.empty()) return;
    const auto written = file.write(batch);
    if (!written) {
      unwritten += lines;
      failure = written.error();
    } else if (unwritten > 0 && file.write(describe_lost(unwritten, failure))) {
      unwritten = 0;
    }
    batch.clear();
    lines = 0;
  }

  [[nodiscard]] std::string describe_lost(std::size_t count, std::string_view why) const {
    return describe_note("log_dropped", fmt::format("{} lines were dropped: {}", count, why)) + '\n';
  }

  [[nodiscard]] std::string describe_note(std::string_view event, std::string_view message) const {
    const std::string now = format_time(std::chrono::system_clock::now());
    if (settings.log_format == config::LogFormat::text) return fmt::format("{} {}: {}", now, event, message);
    return nlohmann::ordered_json{{"event", event}, {"ts", now}, {"message", message}}.dump(
        -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }

  // Whether one more that ended well is to be logged.
  [[nodiscard]] bool choose() { return settings.log_sample <= 1 || queue.choose(settings.log_sample); }

  template <typename Facts>
  void record(const Facts& facts) {
    queue.push(settings.log_format == config::LogFormat::json ? to_json(facts) : to_text(facts));
  }

  const config::ServerSettings settings;
  LogFile file;
  LogQueue queue;
  std::atomic<bool> stopping{false};
  // Of the thread.
  std::string batch;
  std::size_t lines = 0;
  std::size_t unwritten = 0;
  std::string failure;
  std::thread thread;
};

std::expected<std::unique_ptr<Log>, std::string> Log::open(const config::ServerSettings& settings) {
  if (settings.log == config::LogTarget::off) return std::unique_ptr<Log>(new Log(nullptr));
  auto file = LogFile::open(settings.log == config::LogTarget::file ? settings.log_file : std::filesystem::path());
  if (!file) return std::unexpected(file.error());
  return std::unique_ptr<Log>(new Log(std::make_unique<Writer>(settings, std::move(*file))));
}

Log::Log(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}
Log::~Log() = default;

bool Log::wants_detail() const noexcept { return writer_ != nullptr; }

void Log::record(const record::Connection& connection) {
  if (!writer_) return;
  const bool well = connection.reason == record::Reason::none && !connection.would_reject;
  if (!well || writer_->choose()) writer_->record(connection);
}

void Log::record(const record::Request& request) {
  if (!writer_) return;
  if (request.reason != record::Reason::none || writer_->choose()) writer_->record(request);
}

void Log::note(std::string_view event, std::string_view message) {
  if (writer_) writer_->queue.push(writer_->describe_note(event, message));
}

void Log::reopen() {
  if (!writer_) return;
  if (const auto reopened = writer_->file.reopen(); !reopened) note("log_reopen_failed", reopened.error());
}

}  // namespace simplon::admin

#include "admin/log.hpp"

#include "admin/log_line.hpp"

#include <cstdio>
#include <mutex>

#include <nlohmann/json.hpp>
#include <spdlog/async_logger.h>
#include <spdlog/details/file_helper.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

namespace simplon::admin {

namespace {

constexpr std::size_t queue_lines = 8192;

}  // namespace

// Writes to a file that can be opened anew, or to standard error.
class Log::Sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Sink(const std::filesystem::path& file) {
    if (file.empty()) return;
    file_ = std::make_unique<spdlog::details::file_helper>();
    file_->open(file.string());
  }

  // Throws where the new file can't be opened; the old one is then kept.
  void reopen() {
    if (!file_) return;
    auto fresh = std::make_unique<spdlog::details::file_helper>();
    fresh->open(file_->filename());
    const std::lock_guard lock(mutex_);
    file_ = std::move(fresh);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    line.append(message.payload.data(), message.payload.data() + message.payload.size());
    line.push_back('\n');
    if (file_) {
      file_->write(line);
    } else {
      std::fwrite(line.data(), 1, line.size(), stderr);
    }
  }
  void flush_() override {
    if (file_) file_->flush();
  }

  std::unique_ptr<spdlog::details::file_helper> file_;
};

struct Log::Writer {
  config::LogTarget target;
  config::LogFormat format;
  std::shared_ptr<Sink> sink;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
  std::atomic<std::size_t> dropped{0};

  void write(std::string_view line) {
    // The queue counts what it has overwritten since it began.
    const std::size_t overruns = pool->overrun_counter();
    std::size_t known = dropped;
    if (overruns > known && dropped.compare_exchange_strong(known, overruns)) {
      logger->info(spdlog::string_view_t(describe_drop(overruns - known)));
    }
    logger->info(spdlog::string_view_t(line.data(), line.size()));
  }

  [[nodiscard]] std::string describe_note(std::string_view event, std::string_view message) const {
    const std::string now = format_time(std::chrono::system_clock::now());
    if (format == config::LogFormat::text) return fmt::format("{} {}: {}", now, event, message);
    return nlohmann::ordered_json{{"event", event}, {"ts", now}, {"message", message}}.dump(
        -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  [[nodiscard]] std::string describe_drop(std::size_t lines) const {
    return describe_note("log_dropped", fmt::format("{} lines were dropped because the log could not keep up", lines));
  }
};

std::expected<std::unique_ptr<Log>, std::string> Log::open(const config::ServerSettings& settings) {
  auto writer = std::make_unique<Writer>();
  writer->target = settings.log;
  writer->format = settings.log_format;
  if (settings.log != config::LogTarget::off) {
    try {
      writer->sink =
          std::make_shared<Sink>(settings.log == config::LogTarget::file ? settings.log_file : std::filesystem::path());
    } catch (const spdlog::spdlog_ex& failure) {
      return std::unexpected(std::string(failure.what()));
    }
    writer->pool = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
    writer->logger = std::make_shared<spdlog::async_logger>("log", writer->sink, writer->pool,
                                                            spdlog::async_overflow_policy::overrun_oldest);
    writer->logger->flush_on(spdlog::level::info);
  }
  return std::unique_ptr<Log>(new Log(std::move(writer)));
}

Log::Log(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}
Log::~Log() = default;

bool Log::wants_detail() const noexcept { return writer_->target != config::LogTarget::off; }

void Log::record(const record::Connection& connection) {
  if (!wants_detail()) return;
  writer_->write(writer_->format == config::LogFormat::json ? to_json(connection) : to_text(connection));
}

void Log::record(const record::Request& request) {
  if (!wants_detail()) return;
  writer_->write(writer_->format == config::LogFormat::json ? to_json(request) : to_text(request));
}

void Log::note(std::string_view event, std::string_view message) {
  if (wants_detail()) writer_->write(writer_->describe_note(event, message));
}

void Log::reopen() {
  if (!writer_->sink) return;
  try {
    writer_->sink->reopen();
  } catch (const spdlog::spdlog_ex& failure) {
    note("log_reopen_failed", failure.what());
  }
}

}  // namespace simplon::admin

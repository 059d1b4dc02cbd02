#include "returnflows/observability/log.h"

#include <atomic>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <spdlog/common.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "returnflows/base/clock.h"
#include "returnflows/observability/log_text.h"

namespace returnflows {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// Standard error is unbuffered and the sink writes a line with its newline in one call under a
// lock, so that lines of several threads do not mix.
class LogOutput {
 public:
  LogOutput() : logger_("returnflows", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%v");
    logger_.set_level(spdlog::level::info);
  }

  void configure(LogFormat format, LogLevel level) {
    format_.store(format);
    logger_.set_level(spdlog_level(level));
  }

  bool enabled(LogLevel level) const { return logger_.should_log(spdlog_level(level)); }

  void write(const LogEntry& entry) {
    const std::string line = format_log_line(format_.load(std::memory_order_relaxed), entry);
    logger_.log(spdlog_level(entry.level), std::string_view{line});
  }

 private:
  spdlog::logger logger_;
  std::atomic<LogFormat> format_{LogFormat::kText};
};

// Never destroyed: threads that outlive main() may still write.
LogOutput& output() {
  static LogOutput& instance = *new LogOutput;  // NOLINT(cppcoreguidelines-owning-memory)
  return instance;
}

}  // namespace

void configure_log(LogFormat format, LogLevel level) {
  output().configure(format, level);
}

bool log_enabled(LogLevel level) {
  return output().enabled(level);
}

void log_line(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  output().write({.at = SystemClock{}.real_now(),
                  .level = level,
                  .message = message,
                  .fields = std::span{fields.begin(), fields.size()}});
}

}  // namespace returnflows

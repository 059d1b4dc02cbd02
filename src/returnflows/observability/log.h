#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace returnflows {

enum class LogFormat : std::uint8_t { kText, kJson };
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

// One named value of a log line.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

// Sets where and how lines go (standard error); before the first thread starts.
void configure_log(LogFormat format, LogLevel level);

// True when a line of this level would be written: for lines that cost something to build.
bool log_enabled(LogLevel level);

// Writes one line: time, level, `message`, and the fields as JSON members or name=value. Text from
// outside is escaped, so that nobody can forge a line. Never a secret, never a body. Thread: any.
void log_line(LogLevel level,
              std::string_view message,
              std::initializer_list<LogField> fields = {});

}  // namespace returnflows

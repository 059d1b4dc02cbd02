#pragma once

#include <span>
#include <string>
#include <string_view>

#include "returnflows/base/clock.h"
#include "returnflows/observability/log.h"

namespace returnflows {

// Everything that one log line says.
struct LogEntry {
  Timestamp at{};
  LogLevel level = LogLevel::kInfo;
  std::string_view message;
  std::span<const LogField> fields;
};

// One line without its newline:
//   text  2026-02-07T02:00:00.210Z info  message name=value name="a value"
//   JSON  {"time":"2026-02-07T02:00:00.210Z","level":"info","message":"message","name":"value"}
// Control characters, line separators and invalid UTF-8 are escaped or replaced, so that the result
// is always exactly one line (and exactly one JSON object). Values are cut at
// limits::kLogValueBytesMax. Pure.
std::string format_log_line(LogFormat format, const LogEntry& entry);

// "debug", "info", "warning", "error".
std::string_view log_level_name(LogLevel level);

}  // namespace returnflows

#include "returnflows/observability/log_text.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <variant>

#include "returnflows/base/limits.h"
#include "returnflows/base/time_text.h"

namespace returnflows {
namespace {

// Marks a byte that starts no valid UTF-8 sequence.
constexpr std::uint32_t kInvalid = 0xFFFFFFFF;

struct Character {
  std::uint32_t code = kInvalid;
  std::size_t bytes = 1;
};

std::uint8_t byte_at(std::string_view text, std::size_t index) {
  return static_cast<std::uint8_t>(text[index]);
}

// The first character of a text that is not empty, by the table of RFC 3629 §4.
Character decode_first(std::string_view text) {
  const std::uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {.code = lead, .bytes = 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const std::uint8_t next = byte_at(text, i);
    if ((next & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (next & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kSmallest.at(length) || code > 0x10FFFF || surrogate) return {};
  return {.code = code, .bytes = length};
}

// Characters that a terminal or a log collector may take for a command or for the end of a line:
// C0, DEL, C1, the Unicode line separators, and the marks that turn the direction of writing.
bool is_dangerous(std::uint32_t code) {
  if (code < 0x20 || (code >= 0x7F && code <= 0x9F)) return true;
  if (code == 0x2028 || code == 0x2029 || code == 0xFEFF) return true;
  return code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

void append_code(std::string& out, std::uint32_t code) {
  std::array<char, 8> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "\\u%04x", code);
  out.append(buffer.data(), static_cast<std::size_t>(length));
}

// Appends `text` with everything dangerous written as an escape that both JSON and people read.
void append_escaped(std::string& out, std::string_view text) {
  bool cut = false;
  if (text.size() > limits::kLogValueBytesMax) {
    text = text.substr(0, limits::kLogValueBytesMax);
    cut = true;
  }
  while (!text.empty()) {
    const Character character = decode_first(text);
    if (character.code == kInvalid) {
      // A sequence that the cut went through is not the sender's fault; anything else is shown.
      if (!(cut && text.size() < 4)) out += "\xEF\xBF\xBD";
    } else if (character.code == '"' || character.code == '\\') {
      out += '\\';
      out += text.front();
    } else if (character.code == '\n') {
      out += "\\n";
    } else if (character.code == '\r') {
      out += "\\r";
    } else if (character.code == '\t') {
      out += "\\t";
    } else if (is_dangerous(character.code)) {
      append_code(out, character.code);
    } else {
      out += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  if (cut) out += "…";
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

void append_number(std::string& out, double value) {
  std::array<char, 32> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.6g", value);
  out.append(buffer.data(), static_cast<std::size_t>(length));
}

// True when `text` reads as one word: nothing in it could be taken for the end of the value.
bool is_bare_word(std::string_view text) {
  if (text.empty() || text.size() > limits::kLogValueBytesMax) return false;
  for (const char character : text) {
    if (character <= ' ' || character > '~' || character == '"' || character == '\\' ||
        character == '=') {
      return false;
    }
  }
  return true;
}

void append_scalar(std::string& out, LogFormat format, const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    if (format == LogFormat::kText && is_bare_word(*text)) {
      out += *text;
    } else {
      append_quoted(out, *text);
    }
  } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*integer);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    if (std::isfinite(*real)) {
      append_number(out, *real);
    } else {
      out += "null";  // JSON has no word for it.
    }
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

std::string format_text(const LogEntry& entry) {
  std::string line;
  line.reserve(128);
  append_rfc3339(line, entry.at);
  line += ' ';
  const std::string_view level = log_level_name(entry.level);
  line += level;
  line.append(8 - level.size(), ' ');
  append_escaped(line, entry.message);
  for (const LogField& field : entry.fields) {
    line += ' ';
    line += field.name;
    line += '=';
    append_scalar(line, LogFormat::kText, field);
  }
  return line;
}

std::string format_json(const LogEntry& entry) {
  std::string line;
  line.reserve(192);
  line += R"({"time":")";
  append_rfc3339(line, entry.at);
  line += R"(","level":")";
  line += log_level_name(entry.level);
  line += R"(","message":)";
  append_quoted(line, entry.message);
  for (const LogField& field : entry.fields) {
    line += ',';
    append_quoted(line, field.name);
    line += ':';
    append_scalar(line, LogFormat::kJson, field);
  }
  line += '}';
  return line;
}

}  // namespace

std::string_view log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

std::string format_log_line(LogFormat format, const LogEntry& entry) {
  return format == LogFormat::kJson ? format_json(entry) : format_text(entry);
}

}  // namespace returnflows

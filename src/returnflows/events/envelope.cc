#include "returnflows/events/envelope.h"

#include <array>
#include <charconv>
#include <cstddef>

#include "returnflows/base/time_text.h"

namespace returnflows {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

// The envelope without `data` and without the texts that callers choose stays below this.
constexpr std::size_t kFixedBytes = 640;

bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default: {
      const auto code = static_cast<unsigned char>(c);
      out += "\\u00";
      out += kHexDigits[code >> 4U];
      out += kHexDigits[code & 0xFU];
    }
  }
}

void append_optional_string(std::string& out, const std::optional<std::string_view>& text) {
  if (text) {
    append_json_string(out, *text);
  } else {
    out += "null";
  }
}

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end.ptr);
}

void append_time(std::string& out, Timestamp at) {
  out += '"';
  append_rfc3339(out, at);
  out += '"';
}

void append_cause(std::string& out, const Cause& cause) {
  out += R"({"actor":{"type":)";
  append_json_string(out, cause.actor_type);
  out += R"(,"id":)";
  append_optional_string(out, cause.actor_id);
  out += R"(,"name":)";
  append_optional_string(out, cause.actor_name);
  out += R"(},"command":)";
  append_json_string(out, cause.command);
  out += R"(,"correlation_id":)";
  append_optional_string(out, cause.correlation_id);
  out += '}';
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t kept_from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!needs_escape(text[i])) continue;
    out.append(text, kept_from, i - kept_from);
    append_escaped(out, text[i]);
    kept_from = i + 1;
  }
  out.append(text, kept_from, text.size() - kept_from);
  out += '"';
}

void append_envelope(std::string& out, const Envelope& envelope) {
  out.reserve(out.size() + kFixedBytes + envelope.data_json.size());
  out += R"({"id":)";
  append_json_string(out, envelope.id);
  out += R"(,"type":")";
  out += event_type_name(envelope.type);
  out += R"(","api_version":")";
  out += kApiVersion;
  out += envelope.test ? R"(","environment":"test","created_at":)"
                       : R"(","environment":"live","created_at":)";
  append_time(out, envelope.created_at);
  out += R"(,"occurred_at":)";
  append_time(out, envelope.occurred_at);
  out += R"(,"account":{"id":)";
  append_json_string(out, envelope.account_id);
  out += R"(,"name":)";
  append_json_string(out, envelope.account_name);
  out += R"(},"subject":{"type":"return","id":)";
  append_json_string(out, envelope.return_id);
  out += R"(,"sequence":)";
  append_integer(out, envelope.sequence);
  out += R"(,"revision":)";
  append_integer(out, envelope.revision);
  out += R"(},"previous_status":)";
  append_optional_string(out, envelope.previous_status);
  out += R"(,"cause":)";
  append_cause(out, envelope.cause);
  out += R"(,"data":)";
  out += envelope.data_json;
  out += '}';
}

}  // namespace returnflows

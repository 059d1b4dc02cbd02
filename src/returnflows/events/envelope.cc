#include "returnflows/events/envelope.h"

#include <array>
#include <charconv>
#include <cstddef>

#include "returnflows/base/json_writer.h"
#include "returnflows/base/time_text.h"

namespace returnflows {
namespace {

// The envelope without `data` and without the texts that callers choose stays below this.
constexpr std::size_t kFixedBytes = 640;

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

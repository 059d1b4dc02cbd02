#include "returnflows/cli/event_override.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"
#include "returnflows/cli/json_text.h"

namespace returnflows {
namespace {

constexpr std::string_view kData = "data.";

}  // namespace

Result<std::string> apply_override(std::string_view data_json, std::string_view override_text) {
  const std::size_t equals = override_text.find('=');
  if (equals == std::string_view::npos || !override_text.starts_with(kData)) {
    return fail(ErrorCode::kInvalidInput,
                "'" + std::string{override_text} +
                    "' is not an override; write it like data.return.number=RMA-1042");
  }
  std::string_view path = override_text.substr(0, equals);
  const std::string_view value = override_text.substr(equals + 1);
  const bool forced_json = path.ends_with(':');
  if (forced_json) path.remove_suffix(1);
  path.remove_prefix(kData.size());
  const bool is_json = check_json(value).has_value();
  if (forced_json && !is_json) {
    return fail(ErrorCode::kInvalidInput,
                "what follows := in '" + std::string{override_text} + "' is not JSON");
  }
  const bool was_string = json_at(data_json, path).starts_with('"');
  const bool as_json = forced_json || (is_json && !was_string);
  return set_json_value(data_json, path, as_json ? std::string{value} : json_quote(value));
}

}  // namespace returnflows

#include "returnflows/cli/problem_text.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "returnflows/cli/http_exchange.h"
#include "returnflows/cli/json_text.h"
#include "returnflows/cli/table.h"

namespace returnflows {
namespace {

// What is shown of a body that is no problem document.
constexpr std::size_t kStrangeBytesMax = 300;

std::string hint_for(const HttpAnswer& answer) {
  const std::string_view wait = answer.header("retry-after");
  switch (answer.status) {
    case 401:
      return "give a valid key with --api-key or RETURNFLOWS_API_KEY";
    case 403:
      return "this needs another key; platform keys may do everything";
    case 404:
      return "check the id with the matching `list` command, and --merchant";
    case 405:
      return "the server may be older than this program; compare `returnflows version`";
    case 413:
      return "send less at once; large batches can be split";
    case 429:
    case 503: {
      if (wait.empty()) return "nothing was written; try again in a moment";
      return "nothing was written; try again in " + printable(wait) + " s";
    }
    default:
      if (answer.status >= 300 && answer.status < 400) {
        return "this is no Returnflows server, or a proxy in front of it; check --url";
      }
      return {};
  }
}

// Text that a server sent, as one line that is safe to show.
std::string shown(std::string_view json_value) {
  return printable(json_to_text(json_value));
}

std::string field_lines(std::string_view errors) {
  std::string lines;
  for (const std::string_view error : json_elements(errors)) {
    const std::string pointer = shown(json_member(error, "pointer"));
    lines += "\n  ";
    lines += pointer.empty() ? "(whole document)" : pointer;
    lines += ": ";
    lines += shown(json_member(error, "detail"));
  }
  return lines;
}

}  // namespace

std::string describe_problem(const HttpAnswer& answer) {
  std::string text = "the server refused (" + std::to_string(answer.status);
  const bool is_problem =
      check_json(answer.body).has_value() && !json_member(answer.body, "status").empty();
  if (is_problem) {
    const std::string code = shown(json_member(answer.body, "code"));
    if (!code.empty()) text += " " + code;
    std::string detail = shown(json_member(answer.body, "detail"));
    if (detail.empty()) detail = shown(json_member(answer.body, "title"));
    text += "): " + detail;
    text += field_lines(json_member(answer.body, "errors"));
  } else {
    text += ")";
    const std::string body = printable(answer.body.substr(0, kStrangeBytesMax));
    if (!body.empty()) text += ": " + body;
  }
  const std::string hint = hint_for(answer);
  if (!hint.empty()) text += "\n  hint: " + hint;
  return text;
}

}  // namespace returnflows

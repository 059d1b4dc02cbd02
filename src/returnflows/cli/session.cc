#include "returnflows/cli/session.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/limits.h"
#include "returnflows/base/result.h"
#include "returnflows/base/time_text.h"
#include "returnflows/cli/api_client.h"
#include "returnflows/cli/client_url.h"
#include "returnflows/cli/duration_text.h"
#include "returnflows/cli/entry.h"
#include "returnflows/cli/json_text.h"
#include "returnflows/cli/table.h"
#include "returnflows/cli/terminal.h"

namespace returnflows {
namespace {

// How deep objects are taken apart into lines; what lies deeper is shown as JSON.
constexpr std::size_t kDetailDepth = 3;

void append_details(Table& table,
                    const std::string& prefix,
                    std::string_view json,
                    std::size_t depth) {
  for (const JsonMember& member : json_members(json)) {
    const std::string name =
        prefix.empty() ? std::string{member.name} : prefix + "." + std::string{member.name};
    if (member.value.starts_with('{') && depth < kDetailDepth) {
      append_details(table, name, member.value, depth + 1);
    } else {
      table.rows.push_back({name, json_to_text(member.value)});
    }
  }
}

}  // namespace

Result<Session> Session::make(const GlobalOptions& options) {
  RF_TRY(ClientUrl server, parse_client_url(options.url));
  OutputForm form = OutputForm::kTable;
  if (options.output == "json") {
    form = OutputForm::kJson;
  } else if (options.output == "ndjson") {
    form = OutputForm::kNdjson;
  } else if (options.output != "table") {
    return fail(ErrorCode::kInvalidInput,
                "'" + options.output + "' is not an output form; write table, json or ndjson");
  }
  ApiClient api({.server = std::move(server),
                 .api_key = Secret{options.api_key},
                 .merchant = options.merchant,
                 .ca_file = options.ca_file});
  return Session(std::move(api), Terminal(options.no_color), form);
}

Status Session::show_call(const ApiCall& call) const {
  RF_TRY(const std::string answer, api_.call(call));
  if (!answer.empty()) show_object(answer);
  return {};
}

void Session::show_object(std::string_view json) const {
  if (form_ == OutputForm::kJson) {
    terminal_.print_line(pretty_json(json));
  } else if (form_ == OutputForm::kNdjson) {
    terminal_.print_line(compact_json(json));
  } else {
    Table table{.columns = {{.title = "FIELD"}, {.title = "VALUE", .shrink = Shrink::kToFit}},
                .rows = {}};
    append_details(table, {}, json, 1);
    // Nothing is cut in details: somebody may have asked for just that value.
    terminal_.print(render_table(table, 0));
  }
}

Status Session::show_list(ApiCall call,
                          const ListPaging& paging,
                          std::span<const ListColumn> columns) const {
  // Rows are views into the answers, which a deque never moves.
  std::deque<std::string> answers;
  std::vector<std::string_view> rows;
  std::string cursor = paging.cursor;
  std::size_t left = paging.all ? limits::kPageMax : paging.limit;
  const auto query = call.query;
  do {
    call.query = query;
    call.query.emplace_back("limit", std::to_string(std::min(left, limits::kPageMax)));
    call.query.emplace_back("cursor", cursor);
    call.query.emplace_back("order", paging.order);
    RF_TRY(answers.emplace_back(), api_.call(call));
    const auto page = json_elements(json_member(answers.back(), "data"));
    cursor = json_to_text(json_member(answers.back(), "next_cursor"));
    if (!paging.all) left -= std::min(left, page.size());
    if (form_ == OutputForm::kNdjson) {
      // As they come: a long list needs no memory and shows at once.
      show_rows(page, columns);
      answers.clear();
    } else {
      rows.insert(rows.end(), page.begin(), page.end());
    }
    if (page.empty()) break;
  } while (!cursor.empty() && left > 0 && terminal_.is_open());
  if (form_ != OutputForm::kNdjson) show_rows(rows, columns);
  if (!cursor.empty()) terminal_.note("there are more: add --all, or --cursor " + cursor);
  return {};
}

void Session::show_rows(std::span<const std::string_view> rows,
                        std::span<const ListColumn> columns) const {
  if (form_ == OutputForm::kNdjson) {
    for (const std::string_view row : rows) {
      terminal_.print_line(compact_json(row));
    }
    return;
  }
  if (form_ == OutputForm::kJson) {
    std::string text = "[";
    for (const std::string_view row : rows) {
      if (text.size() > 1) text += ',';
      text += row;
    }
    terminal_.print_line(pretty_json(text + "]"));
    return;
  }
  Table table;
  for (const ListColumn& column : columns) {
    table.columns.push_back({.title = std::string{column.title}, .shrink = column.shrink});
  }
  for (const std::string_view row : rows) {
    auto& cells = table.rows.emplace_back();
    for (const ListColumn& column : columns) {
      cells.push_back(json_to_text(json_at(row, column.path)));
    }
  }
  terminal_.print(render_table(table, terminal_.width()));
  if (rows.empty()) terminal_.note("there is nothing in this list");
}

int exit_code_of(const Error& error) {
  if (error.reason == kCannotConnect) return exit_codes::kCannotConnect;
  if (error.reason == kRefused) return exit_codes::kRefused;
  if (error.reason == kInterrupted) return exit_codes::kInterrupted;
  return exit_codes::kUsage;
}

Result<std::string> time_argument(std::string_view text) {
  if (text.empty()) return std::string{};
  if (const auto at = parse_rfc3339(text)) return format_rfc3339(*at);
  if (const auto ago = parse_duration(text)) return format_rfc3339(SystemClock{}.real_now() - *ago);
  return fail(ErrorCode::kInvalidInput,
              "'" + std::string{text} +
                  "' is not a time; write 2026-02-07T02:00:00Z, or 24h for one day ago");
}

}  // namespace returnflows

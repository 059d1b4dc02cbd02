#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "returnflows/base/limits.h"
#include "returnflows/base/result.h"
#include "returnflows/cli/api_client.h"
#include "returnflows/cli/table.h"
#include "returnflows/cli/terminal.h"

namespace returnflows {

enum class OutputForm : std::uint8_t { kTable, kJson, kNdjson };

// The options that every command takes.
struct GlobalOptions {
  std::string url = "http://127.0.0.1:8080";
  std::string api_key = {};
  std::string merchant = {};
  std::string ca_file = {};
  std::string output = "table";
  bool no_color = false;
};

// One column of a list: its title and the dotted path of its cell in a row's JSON.
struct ListColumn {
  std::string_view title;
  std::string_view path;
  Shrink shrink = Shrink::kNever;
};

// How many rows of a list are wanted.
struct ListPaging {
  std::size_t limit = limits::kPageDefault;
  bool all = false;
  std::string cursor = {};
  std::string order = {};
};

// What one run of a command works with: the server, the terminal, and the form of the output.
class Session {
 public:
  // Errors: kInvalidInput for a wrong --url or --output.
  static Result<Session> make(const GlobalOptions& options);

  const ApiClient& api() const { return api_; }

  const Terminal& terminal() const { return terminal_; }

  OutputForm form() const { return form_; }

  // Calls the API and shows the object that it answers with; nothing for an empty answer.
  Status show_call(const ApiCall& call) const;

  // Reads a list page by page and shows it as rows.
  Status show_list(ApiCall call,
                   const ListPaging& paging,
                   std::span<const ListColumn> columns) const;

  // An object in the chosen form: names and values aligned, or JSON.
  void show_object(std::string_view json) const;

  // JSON objects as the rows of a table, as an array, or a line each.
  void show_rows(std::span<const std::string_view> rows, std::span<const ListColumn> columns) const;

 private:
  Session(ApiClient api, Terminal terminal, OutputForm form)
      : api_(std::move(api)), terminal_(terminal), form_(form) {}

  ApiClient api_;
  Terminal terminal_;
  OutputForm form_;
};

// The `reason` of errors that mean: Ctrl-C or SIGTERM ended the command before it was done.
inline constexpr std::string_view kInterrupted = "interrupted";

// The exit code that a command ends with after `error`.
int exit_code_of(const Error& error);

// "2026-02-07T02:00:00.000Z" for times in that form and for "24h" (that long ago); "" for "".
// Errors: kInvalidInput naming both forms.
Result<std::string> time_argument(std::string_view text);

}  // namespace returnflows

#include <atomic>
#include <csignal>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "returnflows/base/limits.h"
#include "returnflows/base/result.h"
#include "returnflows/cli/api_client.h"
#include "returnflows/cli/commands.h"
#include "returnflows/cli/export_file.h"
#include "returnflows/cli/export_table.h"
#include "returnflows/cli/json_text.h"
#include "returnflows/cli/session.h"

namespace returnflows {
namespace {

struct ExportArguments {
  std::string what;
  std::string format = "ndjson";
  std::string after;
  std::string since;
  std::string until;
  std::string file = "-";
  bool no_header = false;
};

std::atomic<bool> interrupted = false;

static_assert(std::atomic<bool>::is_always_lock_free, "it is set in a signal handler");

// Makes Ctrl-C and SIGTERM end the export after the page under way; a second one ends the process.
// The handlers from before come back at the end.
class InterruptWatch {
 public:
  InterruptWatch() {
    interrupted = false;
    struct sigaction action{};
    action.sa_handler = [](int) { interrupted = true; };
    action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
    ::sigaction(SIGINT, &action, &on_interrupt_);
    ::sigaction(SIGTERM, &action, &on_terminate_);
  }

  ~InterruptWatch() {
    ::sigaction(SIGINT, &on_interrupt_, nullptr);
    ::sigaction(SIGTERM, &on_terminate_, nullptr);
  }

  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  struct sigaction on_interrupt_{};
  struct sigaction on_terminate_{};
};

// Copies a list of the API page by page, so that memory holds one page whatever the list's length.
class Exporter {
 public:
  Exporter(const Session& session, ExportKind kind, ExportFormat format, ExportArguments arguments)
      : session_(session),
        kind_(kind),
        format_(format),
        arguments_(std::move(arguments)),
        mark_(arguments_.after) {}

  // Writes everything behind --after. Errors: those of the API and of the file; kCancelled with
  // reason kInterrupted. What had been written before is whole and mark() stands behind it.
  Status copy();

  // Where to go on: what --after takes. Empty when there is nothing to go on from.
  const std::string& mark() const { return mark_; }

  std::size_t row_count() const { return row_count_; }

  // True when the end of the list has been written.
  bool is_whole() const { return is_whole_; }

 private:
  Status open_file();
  Status write_page(const std::string& answer);
  ApiCall page_call() const;
  bool is_wanted(std::string_view row) const;

  const Session& session_;
  ExportKind kind_;
  ExportFormat format_;
  ExportArguments arguments_;
  std::string cursor_;
  std::string mark_;
  std::size_t row_count_ = 0;
  bool is_whole_ = false;
  std::optional<ExportFile> file_;
};

ApiCall Exporter::page_call() const {
  ApiCall call{.path = std::string{export_path(kind_)},
               .query = {{"limit", std::to_string(limits::kPageMax)}, {"order", "asc"}}};
  if (kind_ == ExportKind::kEvents) {
    call.query.emplace_back("since", arguments_.since);
    call.query.emplace_back("until", arguments_.until);
    // Of events an id is enough to go on from, also at the end of the list, where no cursor is.
    if (cursor_.empty()) call.query.emplace_back("after", mark_);
    call.query.emplace_back("cursor", cursor_);
  } else {
    call.query.emplace_back("cursor", mark_);
  }
  return call;
}

// The server filters events by time; other rows are filtered here. Times are all written alike, so
// that they compare as texts.
bool Exporter::is_wanted(std::string_view row) const {
  if (kind_ == ExportKind::kEvents) return true;
  const std::string created_at = json_to_text(json_member(row, "created_at"));
  return (arguments_.since.empty() || created_at >= arguments_.since) &&
         (arguments_.until.empty() || created_at < arguments_.until);
}

Status Exporter::copy() {
  while (!is_whole_) {
    if (interrupted) {
      auto stopped = fail(ErrorCode::kCancelled, "interrupted");
      stopped.error().reason = kInterrupted;
      return stopped;
    }
    RF_TRY(const std::string answer, session_.api().call(page_call()));
    // Not before the server has answered: what the file holds from the last time is worth more than
    // an empty one.
    if (!file_) RF_TRY_STATUS(open_file());
    RF_TRY_STATUS(write_page(answer));
    if (!file_->is_open()) return {};
  }
  return {};
}

Status Exporter::open_file() {
  const auto start =
      arguments_.after.empty() ? ExportFile::Start::kEmpty : ExportFile::Start::kAppend;
  RF_TRY(file_, ExportFile::open(arguments_.file, start));
  if (format_ == ExportFormat::kNdjson || arguments_.no_header || !file_->is_empty()) return {};
  std::string header;
  append_csv_header(header, kind_);
  return file_->write(header);
}

// Moves the mark on only when the page is in the file.
Status Exporter::write_page(const std::string& answer) {
  std::string lines;
  std::size_t count = 0;
  const auto rows = json_elements(json_member(answer, "data"));
  for (const std::string_view row : rows) {
    if (!is_wanted(row)) continue;
    append_export_lines(lines, kind_, format_, row);
    ++count;
  }
  RF_TRY_STATUS(file_->write(lines));
  if (!file_->is_open()) return {};
  row_count_ += count;
  cursor_ = json_to_text(json_member(answer, "next_cursor"));
  is_whole_ = cursor_.empty();
  if (kind_ == ExportKind::kEvents) {
    if (!rows.empty()) mark_ = json_to_text(json_member(rows.back(), "id"));
  } else if (!is_whole_) {
    mark_ = cursor_;
  }
  return {};
}

// What is said at the end, on standard error, where it is in nobody's way.
void report(const Session& session, const Exporter& exporter, ExportKind kind) {
  const std::string count =
      std::to_string(exporter.row_count()) + (exporter.row_count() == 1 ? " row" : " rows");
  const std::string& mark = exporter.mark();
  if (exporter.is_whole() && kind != ExportKind::kEvents) {
    session.terminal().note(
        count + "; that is all. They change: export them again when you need them anew");
  } else if (mark.empty()) {
    session.terminal().note(count + "; start again from the beginning");
  } else {
    session.terminal().note(count + "; go on with --after " + mark);
  }
}

Status run_export(const Session& session, ExportArguments arguments) {
  const auto kind = find_export_kind(arguments.what);
  if (!kind) {
    return fail(ErrorCode::kInvalidInput,
                "'" + arguments.what +
                    "' cannot be exported; --what is events, returns, return-items or deliveries");
  }
  const auto format = find_export_format(arguments.format);
  if (!format) {
    return fail(ErrorCode::kInvalidInput,
                "'" + arguments.format + "' is not a format; --format is ndjson or csv");
  }
  // With every other command these are forms of the output.
  if (arguments.file == "json" || arguments.file == "ndjson" || arguments.file == "table") {
    return fail(ErrorCode::kInvalidInput,
                "--output is the file to write; --format is ndjson or csv (for a file of that name "
                "write ./" +
                    arguments.file + ")");
  }
  RF_TRY(arguments.since, time_argument(arguments.since));
  RF_TRY(arguments.until, time_argument(arguments.until));
  const InterruptWatch watch;
  Exporter exporter(session, *kind, *format, std::move(arguments));
  const Status status = exporter.copy();
  report(session, exporter, *kind);
  return status;
}

}  // namespace

void add_export_command(CLI::App& app, CommandLine& line) {
  CLI::App& command = *app.add_subcommand(
      "export", "Copy events, returns or deliveries out, for a warehouse or a spreadsheet");
  command.footer(
      "Events never change: export them once, then every hour with --after and what the last run\n"
      "printed. Returns and deliveries do change: export them whole, or go on after an "
      "interruption.\n"
      "The columns of a CSV are fixed; NDJSON has the rows as the API has them. Ctrl-C ends it "
      "after\n"
      "the page under way, with exit code 130; a row may come twice after that: deduplicate by "
      "id.\n"
      "\n" +
      example_footer("returnflows export --what return-items --format csv --output items.csv"));
  const auto arguments = std::make_shared<ExportArguments>();
  command.add_option("--what", arguments->what, "events, returns, return-items or deliveries")
      ->required()
      ->type_name("WHAT");
  command.add_option("--format", arguments->format, "ndjson or csv")
      ->capture_default_str()
      ->type_name("FORMAT");
  command
      .add_option("--after",
                  arguments->after,
                  "Go on behind what an earlier run printed at its end; --output is appended to")
      ->type_name("CURSOR");
  command
      .add_option("--since",
                  arguments->since,
                  "Only what was created from then on: a time, or 24h for a day ago")
      ->type_name("TIME");
  command.add_option("--until", arguments->until, "Only what was created before then")
      ->type_name("TIME");
  command.add_option("--output,-o", arguments->file, "File to write; - is standard output")
      ->capture_default_str()
      ->type_name("FILE");
  command.add_flag("--no-header", arguments->no_header, "CSV without the line of column names");
  command.callback([&line, arguments] {
    line.action = with_session(
        [arguments](const Session& session) { return run_export(session, *arguments); });
  });
}

}  // namespace returnflows

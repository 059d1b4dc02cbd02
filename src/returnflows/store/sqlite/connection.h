#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "returnflows/base/clock.h"
#include "returnflows/base/ids.h"
#include "returnflows/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace returnflows::sqlite {

// How a bound view is stored.
struct Text {
  std::string_view value;
};

struct Blob {
  std::string_view value;
};

// One execution of a statement: bound values going in, rows coming out. Ends (and frees what it
// holds of the database) when it is destroyed. Bound views must live until then.
class Run {
 public:
  Run(sqlite3_stmt* statement, std::atomic<std::uint64_t>* executed);
  Run(Run&& other) noexcept;
  Run& operator=(Run&&) = delete;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  template <std::integral Integer>
  void bind(int index, Integer value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }

  template <class Enum>
    requires std::is_enum_v<Enum>
  void bind(int index, Enum value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }

  template <class Kind>
  void bind(int index, RowId<Kind> id) {
    bind_integer(index, id.value);
  }

  template <class Value>
  void bind(int index, const std::optional<Value>& value) {
    if (value) bind(index, *value);  // Unbound is NULL.
  }

  void bind(int index, Timestamp at) { bind_integer(index, at.time_since_epoch().count()); }

  void bind(int index, Text text);
  void bind(int index, Blob blob);

  // True when there is a row, which is valid until the next call; false at the end.
  // Errors: kCorruption or kUnavailable; see database_error().
  Result<bool> next();

  // Runs to the end; rows are ignored. For statements that return none.
  Status finish();

  std::int64_t integer(int column) const;

  template <class Kind>
  RowId<Kind> row_id(int column) const {
    return RowId<Kind>{integer(column)};
  }

  Timestamp time(int column) const;
  bool is_null(int column) const;
  std::string_view text(int column) const;
  std::string_view blob(int column) const;

 private:
  void bind_integer(int index, std::int64_t value);

  sqlite3_stmt* statement_;
  std::atomic<std::uint64_t>* executed_;
  int bind_result_;
  bool stepped_ = false;
};

// A prepared statement, kept for the life of its connection. One Run at a time.
class Statement {
 public:
  Statement() = default;
  Statement(sqlite3_stmt* statement, std::atomic<std::uint64_t>* executed);

  Statement(Statement&& other) noexcept
      : statement_(std::exchange(other.statement_, nullptr)), executed_(other.executed_) {}

  Statement& operator=(Statement&& other) noexcept {
    std::swap(statement_, other.statement_);
    std::swap(executed_, other.executed_);
    return *this;
  }

  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Starts an execution with `values` bound to ?1, ?2, … in this order.
  template <class... Values>
  Run start(const Values&... values) {
    Run run(statement_, executed_);
    int index = 0;
    (run.bind(++index, values), ...);
    return run;
  }

  // start() and Run::finish() in one.
  template <class... Values>
  Status execute(const Values&... values) {
    return start(values...).finish();
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
  std::atomic<std::uint64_t>* executed_ = nullptr;
};

enum class ConnectionRole : std::uint8_t {
  kWriter,     // Creates the file when it is not there. One per store.
  kReader,     // Cannot write.
  kInspector,  // Cannot write, and touches nothing: for looking at a file that may be anything.
};

struct ConnectionOptions {
  std::filesystem::path file;
  std::string vfs;  // Name of a registered VFS; empty is the default one.
  ConnectionRole role = ConnectionRole::kReader;
  std::atomic<std::uint64_t>* executed = nullptr;  // Counts executed statements.
};

// One connection to the database file with the settings of docs/formats/sqlite_schema.md.
// Outlives its statements. Thread: one at a time.
class Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options);

  explicit Connection(sqlite3* database, std::atomic<std::uint64_t>* executed);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  Result<Statement> prepare(std::string_view sql);

  // Runs one or more statements that return no rows.
  Status execute(const std::string& sql);

  // The single integer that `sql` returns: pragmas, counts.
  Result<std::int64_t> integer(std::string_view sql);

  // Pages in the write-ahead log after the last commit.
  int log_pages() const { return log_pages_; }

  // Copies what has been committed from the log into the file, as far as readers allow.
  enum class Checkpoint : std::uint8_t { kPassive, kTruncate };
  Status checkpoint(Checkpoint mode);

 private:
  static int note_log_pages(void* self, sqlite3* database, const char* name, int pages);

  sqlite3* database_;
  std::atomic<std::uint64_t>* executed_;
  int log_pages_ = 0;
};

// What `result_code` of SQLite means to us: kCorruption for a damaged file, kUnavailable for all
// else (a full disk, a failed write, and also a statement that should never fail: nobody knows
// then what was written).
Error database_error(int result_code, const char* message);

}  // namespace returnflows::sqlite

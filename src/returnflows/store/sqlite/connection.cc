#include "returnflows/store/sqlite/connection.h"

#include <sqlite3.h>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/store/sqlite/gathering_vfs.h"

namespace returnflows::sqlite {
namespace {

// How long a connection waits for another one's lock. Only opening and checkpoints ever wait.
constexpr int kBusyTimeoutMs = 5'000;

// Settings of every connection. Foreign keys: the store itself keeps references right, and their
// checks would cost a look-up per row. cell_size_check: finds damaged pages earlier.
constexpr const char* kCommonSettings =
    "PRAGMA foreign_keys=OFF;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA mmap_size=0;"
    "PRAGMA cell_size_check=ON;";

// FULL: a commit is on disk before it is answered. Checkpoints are the store's own doing, because
// SQLite's automatic ones hide their errors. A log that grew in a burst shrinks to 64 MiB again.
constexpr const char* kWriterSettings =
    "PRAGMA page_size=8192;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA cache_size=-65536;"
    "PRAGMA wal_autocheckpoint=0;"
    "PRAGMA journal_size_limit=67108864;";

constexpr const char* kReaderSettings = "PRAGMA query_only=ON; PRAGMA cache_size=-8192;";

int open_flags(ConnectionRole role) {
  constexpr int kAlways = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (role) {
    case ConnectionRole::kWriter:
      return kAlways | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    // A reader of a write-ahead log takes part in its locking, so it opens the file for writing.
    case ConnectionRole::kReader:
      return kAlways | SQLITE_OPEN_READWRITE;
    case ConnectionRole::kInspector:
      return kAlways | SQLITE_OPEN_READONLY;
  }
  return kAlways;
}

}  // namespace

Error database_error(int result_code, const char* message) {
  const int primary = result_code & 0xFF;
  const bool corrupt = primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
  return Error{.code = corrupt ? ErrorCode::kCorruption : ErrorCode::kUnavailable,
               .detail = std::string("the database refused: ") + message + " (SQLite code " +
                         std::to_string(result_code) + ")"};
}

Run::Run(sqlite3_stmt* statement, std::atomic<std::uint64_t>* executed)
    : statement_(statement), executed_(executed), bind_result_(SQLITE_OK) {}

Run::Run(Run&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)),
      executed_(other.executed_),
      bind_result_(other.bind_result_),
      stepped_(other.stepped_) {}

Run::~Run() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Run::bind_integer(int index, std::int64_t value) {
  if (const int rc = sqlite3_bind_int64(statement_, index, value); rc != SQLITE_OK) {
    bind_result_ = rc;
  }
}

void Run::bind(int index, Text text) {
  const char* data = text.value.empty() ? "" : text.value.data();
  const int rc =
      sqlite3_bind_text64(statement_, index, data, text.value.size(), nullptr, SQLITE_UTF8);
  if (rc != SQLITE_OK) bind_result_ = rc;
}

void Run::bind(int index, Blob blob) {
  const char* data = blob.value.empty() ? "" : blob.value.data();  // A null pointer would be NULL.
  const int rc = sqlite3_bind_blob64(statement_, index, data, blob.value.size(), nullptr);
  if (rc != SQLITE_OK) bind_result_ = rc;
}

Result<bool> Run::next() {
  sqlite3* database = sqlite3_db_handle(statement_);
  if (bind_result_ != SQLITE_OK) {
    return std::unexpected(database_error(bind_result_, sqlite3_errstr(bind_result_)));
  }
  if (!stepped_) {
    stepped_ = true;
    if (executed_ != nullptr) executed_->fetch_add(1, std::memory_order_relaxed);
  }
  const int rc = sqlite3_step(statement_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  return std::unexpected(database_error(rc, sqlite3_errmsg(database)));
}

Status Run::finish() {
  for (;;) {
    RF_TRY(const bool row, next());
    if (!row) return {};
  }
}

std::int64_t Run::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

Timestamp Run::time(int column) const {
  return Timestamp{std::chrono::milliseconds{integer(column)}};
}

bool Run::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string_view Run::text(int column) const {
  return blob(column);
}

std::string_view Run::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int bytes = sqlite3_column_bytes(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(bytes)};
}

Statement::Statement(sqlite3_stmt* statement, std::atomic<std::uint64_t>* executed)
    : statement_(statement), executed_(executed) {}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Connection::Connection(sqlite3* database, std::atomic<std::uint64_t>* executed)
    : database_(database), executed_(executed) {}

Connection::~Connection() {
  // Fails only when a statement is still there, which would be a bug in the order of members.
  RF_CHECK(sqlite3_close(database_) == SQLITE_OK);
}

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options) {
  // Nobody reads SQLite's own memory statistics, and counting them takes a lock per allocation.
  // Has no effect when something else in the process has used SQLite before.
  static const int without_statistics = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(without_statistics);
  std::string vfs = options.vfs;
  if (options.role == ConnectionRole::kWriter) {
    RF_TRY(vfs, gathering_vfs_over(options.vfs));
  }
  sqlite3* database = nullptr;
  const int rc = sqlite3_open_v2(options.file.c_str(),
                                 &database,
                                 open_flags(options.role),
                                 vfs.empty() ? nullptr : vfs.c_str());
  if (database == nullptr) return fail(ErrorCode::kUnavailable, "SQLite is out of memory");
  auto connection = std::make_unique<Connection>(database, options.executed);
  if (rc != SQLITE_OK) {
    Error error = database_error(rc, sqlite3_errmsg(database));
    error.detail = "cannot open " + options.file.string() + ": " + error.detail;
    return std::unexpected(std::move(error));
  }
  sqlite3_busy_timeout(database, kBusyTimeoutMs);
  if (options.role == ConnectionRole::kInspector) return connection;
  RF_TRY_STATUS(connection->execute(kCommonSettings));
  if (options.role == ConnectionRole::kReader) {
    RF_TRY_STATUS(connection->execute(kReaderSettings));
    return connection;
  }
  RF_TRY_STATUS(connection->execute(kWriterSettings));
  sqlite3_wal_hook(database, &Connection::note_log_pages, connection.get());
  return connection;
}

int Connection::note_log_pages(void* self, sqlite3* /*database*/, const char* /*name*/, int pages) {
  static_cast<Connection*>(self)->log_pages_ = pages;
  return SQLITE_OK;
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int rc = sqlite3_prepare_v3(database_,
                                    sql.data(),
                                    static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT,
                                    &statement,
                                    nullptr);
  if (rc != SQLITE_OK) {
    return std::unexpected(database_error(rc, sqlite3_errmsg(database_)));
  }
  return Statement(statement, executed_);
}

Status Connection::execute(const std::string& sql) {
  const int rc = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) {
    return std::unexpected(database_error(rc, sqlite3_errmsg(database_)));
  }
  return {};
}

Result<std::int64_t> Connection::integer(std::string_view sql) {
  RF_TRY(Statement statement, prepare(sql));
  Run run = statement.start();
  RF_TRY(const bool row, run.next());
  if (!row) return fail(ErrorCode::kUnavailable, "no answer to " + std::string(sql));
  return run.integer(0);
}

Status Connection::checkpoint(Checkpoint mode) {
  const int sqlite_mode =
      mode == Checkpoint::kPassive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
  const int rc = sqlite3_wal_checkpoint_v2(database_, nullptr, sqlite_mode, nullptr, nullptr);
  // Busy: a reader still needs the log. The next checkpoint goes on where this one ended.
  if (rc == SQLITE_OK || (rc & 0xFF) == SQLITE_BUSY) return {};
  return std::unexpected(database_error(rc, sqlite3_errmsg(database_)));
}

}  // namespace returnflows::sqlite

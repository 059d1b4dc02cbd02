#include "returnflows/store/sqlite/idempotency_table.h"

#include "returnflows/base/limits.h"

namespace returnflows::sqlite {
namespace {

std::string_view bytes_of(const Fingerprint& fingerprint) {
  return {reinterpret_cast<const char*>(fingerprint.data()), fingerprint.size()};
}

}  // namespace

Result<IdempotencyTable> IdempotencyTable::open(Connection& connection) {
  IdempotencyTable table;
  RF_TRY(table.find_,
         connection.prepare("SELECT content,created_ms,response FROM idempotency WHERE key=?1"));
  RF_TRY(table.remember_,
         connection.prepare("INSERT OR REPLACE INTO idempotency(key,content,created_ms,response) "
                            "VALUES(?1,?2,?3,?4)"));
  RF_TRY(table.forget_,
         connection.prepare("DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency "
                            "WHERE created_ms<?1 ORDER BY created_ms LIMIT ?2) RETURNING 1"));
  return table;
}

Result<std::optional<std::string>> IdempotencyTable::find(const IdempotencyClaim& claim,
                                                          Timestamp now) {
  Run run = find_.start(Blob{bytes_of(claim.key)});
  RF_TRY(const bool row, run.next());
  if (!row || run.time(1) + limits::kIdempotencyKept < now) return std::nullopt;
  if (run.blob(0) != bytes_of(claim.content)) {
    return std::unexpected(
        Error{.code = ErrorCode::kUnprocessable,
              .detail = "this Idempotency-Key was used for another request before; send the same "
                        "body again, or choose another key",
              .reason = "idempotency_mismatch"});
  }
  return std::string(run.blob(2));
}

Status IdempotencyTable::remember(const IdempotencyClaim& claim,
                                  std::string_view response,
                                  Timestamp now) {
  return remember_.execute(
      Blob{bytes_of(claim.key)}, Blob{bytes_of(claim.content)}, now, Blob{response});
}

Result<std::size_t> IdempotencyTable::forget(Timestamp older_than) {
  Run run = forget_.start(older_than, limits::kIdempotencyForgottenMax);
  std::size_t forgotten = 0;
  for (;;) {
    RF_TRY(const bool row, run.next());
    if (!row) return forgotten;
    ++forgotten;
  }
}

}  // namespace returnflows::sqlite

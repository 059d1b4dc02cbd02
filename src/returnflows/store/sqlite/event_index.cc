#include "returnflows/store/sqlite/event_index.h"

#include <algorithm>
#include <string>

#include "returnflows/base/checksum.h"
#include "returnflows/store/sqlite/schema.h"

namespace returnflows::sqlite {

Result<EventIndex> EventIndex::open(Connection& connection,
                                    EventFilters& filters,
                                    std::int64_t last_event) {
  EventIndex index(filters, bucket_of(last_event));
  RF_TRY_STATUS(index.prepare(connection));
  RF_TRY_STATUS(index.load(connection));
  return index;
}

Status EventIndex::prepare(Connection& connection) {
  RF_TRY(last_sequence_,
         connection.prepare("SELECT max(sequence) FROM events INDEXED BY events_by_return "
                            "WHERE chunk=?1 AND merchant=?2 AND return_hash=?3"));
  RF_TRY(by_client_id_,
         connection.prepare(
             "SELECT id FROM events INDEXED BY events_by_client_id "
             "WHERE chunk=?1 AND client_hash=?2 AND client_hash IS NOT NULL AND merchant=?3 "
             "AND client_id=?4"));
  RF_TRY(insert_filter_,
         connection.prepare(
             "INSERT OR REPLACE INTO bucket_filters(bucket,kind,crc,bits) VALUES(?1,?2,?3,?4)"));
  RF_TRY(insert_bucket_,
         connection.prepare("INSERT INTO full_buckets(bucket,min_created_ms,max_created_ms) "
                            "VALUES(?1,?2,?3)"));
  RF_TRY(read_filter_,
         connection.prepare("SELECT crc,bits FROM bucket_filters WHERE bucket=?1 AND kind=?2"));
  RF_TRY(returns_of_bucket_,
         connection.prepare("SELECT return_hash FROM events INDEXED BY events_by_return "
                            "WHERE chunk>=?1 AND chunk<=?2"));
  RF_TRY(client_ids_of_bucket_,
         connection.prepare("SELECT client_hash FROM events INDEXED BY events_by_client_id "
                            "WHERE chunk>=?1 AND chunk<=?2 AND client_hash IS NOT NULL"));
  return {};
}

Status EventIndex::load(Connection& connection) {
  RF_TRY(Statement full_buckets, connection.prepare("SELECT bucket FROM full_buckets"));
  {
    Run run = full_buckets.start();
    for (;;) {
      RF_TRY(const bool row, run.next());
      if (!row) break;
      RF_TRY_STATUS(load_filter(run.integer(0), Kind::kReturns));
      RF_TRY_STATUS(load_filter(run.integer(0), Kind::kClientIds));
    }
  }
  RF_TRY_STATUS(rebuild_filter(bucket_, Kind::kReturns));
  RF_TRY_STATUS(rebuild_filter(bucket_, Kind::kClientIds));
  RF_TRY(Statement range,
         connection.prepare("SELECT min(created_ms), max(created_ms) FROM events "
                            "WHERE id BETWEEN ?1<<14 AND (?1<<14)+16383"));
  Run run = range.start(bucket_);
  RF_TRY(const bool row, run.next());
  if (row && !run.is_null(0)) {
    min_created_at_ = run.time(0);
    max_created_at_ = run.time(1);
  }
  return {};
}

// A filter that is damaged would make a known return look new, so it is checked, and built again
// from the index and stored when it is not right. A bucket without client ids has stored none.
Status EventIndex::load_filter(std::int64_t bucket, Kind kind) {
  bool found = false;
  {
    Run run = read_filter_.start(bucket, kind);
    RF_TRY(found, run.next());
    if (found && crc32c(run.blob(1)) == static_cast<std::uint32_t>(run.integer(0)) &&
        filter_of(kind).restore(bucket, run.blob(1))) {
      return {};
    }
  }
  if (!found && kind == Kind::kClientIds) return {};
  RF_TRY_STATUS(rebuild_filter(bucket, kind));
  return store_filter(bucket, kind);
}

Status EventIndex::rebuild_filter(std::int64_t bucket, Kind kind) {
  Statement& hashes = kind == Kind::kReturns ? returns_of_bucket_ : client_ids_of_bucket_;
  Run run = hashes.start(first_chunk_of(bucket), first_chunk_of(bucket + 1) - 1);
  for (;;) {
    RF_TRY(const bool row, run.next());
    if (!row) return {};
    filter_of(kind).add(bucket, static_cast<std::uint64_t>(run.integer(0)));
    if (kind == Kind::kClientIds && bucket == bucket_) has_client_ids_ = true;
  }
}

Result<std::int64_t> EventIndex::last_sequence(MerchantId merchant, std::int64_t return_hash) {
  filters_.returns.candidates(static_cast<std::uint64_t>(return_hash), candidates_);
  for (const std::int64_t bucket : candidates_) {
    for (std::int64_t chunk = first_chunk_of(bucket + 1); chunk-- > first_chunk_of(bucket);) {
      Run run = last_sequence_.start(chunk, merchant, return_hash);
      RF_TRY(const bool row, run.next());
      if (row && !run.is_null(0)) return run.integer(0);
    }
  }
  return 0;
}

Result<std::int64_t> EventIndex::next_sequence(MerchantId merchant, std::int64_t return_hash) {
  std::optional<std::int64_t> last = recent_.find(return_hash);
  if (!last) {
    RF_TRY(last, last_sequence(merchant, return_hash));
  }
  recent_.put(return_hash, *last + 1);
  return *last + 1;
}

Result<std::optional<EventId>> EventIndex::find_client_id(MerchantId merchant,
                                                          std::int64_t client_hash,
                                                          std::string_view client_id) {
  filters_.client_ids.candidates(static_cast<std::uint64_t>(client_hash), candidates_);
  for (const std::int64_t bucket : candidates_) {
    for (std::int64_t chunk = first_chunk_of(bucket + 1); chunk-- > first_chunk_of(bucket);) {
      Run run = by_client_id_.start(chunk, client_hash, merchant, Text{client_id});
      RF_TRY(const bool row, run.next());
      if (row) return run.row_id<EventKind>(0);
    }
  }
  return std::nullopt;
}

Status EventIndex::note(const Newcomer& newcomer) {
  if (bucket_of(newcomer.event.value) != bucket_) {
    RF_TRY_STATUS(close_bucket());
    bucket_ = bucket_of(newcomer.event.value);
  }
  filters_.returns.add(bucket_, static_cast<std::uint64_t>(newcomer.return_hash));
  if (newcomer.client_hash != 0) {
    filters_.client_ids.add(bucket_, static_cast<std::uint64_t>(newcomer.client_hash));
    has_client_ids_ = true;
  }
  min_created_at_ = std::min(min_created_at_.value_or(newcomer.created_at), newcomer.created_at);
  max_created_at_ = std::max(max_created_at_.value_or(newcomer.created_at), newcomer.created_at);
  return {};
}

Status EventIndex::store_filter(std::int64_t bucket, Kind kind) {
  const std::string bits = filter_of(kind).stored_form(bucket);
  return insert_filter_.execute(bucket, kind, crc32c(bits), Blob{bits});
}

Status EventIndex::close_bucket() {
  if (!min_created_at_ || !max_created_at_) return {};  // Nothing was ever in it.
  RF_TRY_STATUS(store_filter(bucket_, Kind::kReturns));
  if (has_client_ids_) RF_TRY_STATUS(store_filter(bucket_, Kind::kClientIds));
  RF_TRY_STATUS(insert_bucket_.execute(bucket_, *min_created_at_, *max_created_at_));
  min_created_at_.reset();
  max_created_at_.reset();
  has_client_ids_ = false;
  return {};
}

}  // namespace returnflows::sqlite

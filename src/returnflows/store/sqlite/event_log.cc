#include "returnflows/store/sqlite/event_log.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "returnflows/base/limits.h"
#include "returnflows/store/sqlite/event_table.h"
#include "returnflows/store/sqlite/schema.h"

namespace returnflows::sqlite {
namespace {

// Where a list of events looks: in the table by id, in the index of one chunk, or there for one
// return. The last bound values may be absent (NULL), which then filter nothing. Columns outside
// the index are read only where they are needed.
enum class Source : std::uint8_t { kTable, kMerchant, kReturn };

std::string list_sql(Source source, bool ascending) {
  std::string sql = "SELECT id FROM events ";
  switch (source) {
    case Source::kTable:
      sql += "NOT INDEXED WHERE ";
      break;
    case Source::kMerchant:
      sql += "INDEXED BY events_by_return WHERE chunk=(?1>>10) AND ";
      break;
    case Source::kReturn:
      sql +=
          "INDEXED BY events_by_return WHERE chunk=(?1>>10) AND return_hash=?8 AND return_id=?9 "
          "AND ";
      break;
  }
  sql +=
      "id>=?1 AND id<=?2 AND merchant=?3 AND (?5 IS NULL OR type=?5) "
      "AND (?6 IS NULL OR created_ms>=?6) AND (?7 IS NULL OR created_ms<?7) ORDER BY id ";
  sql += ascending ? "ASC" : "DESC";
  return sql + " LIMIT ?4";
}

// Full buckets whose events all lie outside the asked time.
Result<std::unordered_set<std::int64_t>> buckets_outside(Reader& reader,
                                                         const EventFilter& filter) {
  std::unordered_set<std::int64_t> buckets;
  if (!filter.since && !filter.until) return buckets;
  RF_TRY(Statement * statement,
         reader.statement("SELECT bucket FROM full_buckets WHERE (?1 IS NOT NULL AND "
                          "max_created_ms<?1) OR (?2 IS NOT NULL AND min_created_ms>=?2)"));
  Run run = statement->start(filter.since, filter.until);
  for (;;) {
    RF_TRY(const bool row, run.next());
    if (!row) return buckets;
    buckets.insert(run.integer(0));
  }
}

}  // namespace

Result<std::int64_t> newest_event(Reader& reader) {
  RF_TRY(Statement * statement, reader.statement("SELECT coalesce(max(id),0) FROM events"));
  Run run = statement->start();
  RF_TRY(const bool row, run.next());
  return row ? run.integer(0) : 0;
}

Result<EventId> EventReader::newest() {
  RF_TRY(ReaderPool::Lease reader, parts_.pool.take());
  RF_TRY(const std::int64_t newest, newest_event(*reader));
  return EventId{newest};
}

Result<std::optional<EventRecord>> EventReader::find(MerchantId merchant,
                                                     std::string_view public_id) {
  RF_TRY(ReaderPool::Lease reader, parts_.pool.take());
  RF_TRY(const std::optional<Located> located, locate(*reader, merchant, public_id));
  if (!located) return std::nullopt;
  return read(*reader, located->id);
}

// Our own ids say where the row is; whether it is that row is what the comparisons tell.
Result<std::optional<EventReader::Located>> EventReader::locate_own(
    Reader& reader, MerchantId merchant, std::string_view public_id) const {
  const auto decoded = parts_.ids.decode(IdPrefix::kEvent, public_id);
  if (!decoded) return std::nullopt;
  RF_TRY(Statement * statement,
         reader.statement("SELECT first_delivery,delivery_count FROM events WHERE id=?1 AND "
                          "merchant=?2 AND created_ms=?3 AND client_id IS NULL"));
  Run run = statement->start(decoded->row, merchant, decoded->created_at);
  RF_TRY(const bool row, run.next());
  if (!row) return std::nullopt;
  return Located{.id = EventId{decoded->row},
                 .first_delivery = run.row_id<DeliveryKind>(0),
                 .delivery_count = run.integer(1)};
}

Result<std::optional<EventReader::Located>> EventReader::locate(Reader& reader,
                                                                MerchantId merchant,
                                                                std::string_view public_id) const {
  RF_TRY(const std::optional<Located> own, locate_own(reader, merchant, public_id));
  if (own || public_id.size() > limits::kClientEventIdBytesMax) return own;
  RF_TRY(Statement * statement,
         reader.statement(
             "SELECT id,first_delivery,delivery_count FROM events INDEXED BY events_by_client_id "
             "WHERE chunk=?1 AND client_hash=?2 AND client_hash IS NOT NULL AND merchant=?3 "
             "AND client_id=?4"));
  const std::int64_t hash = parts_.hashes.of_client_id(merchant, public_id);
  std::vector<std::int64_t> buckets;
  parts_.filters.client_ids.candidates(static_cast<std::uint64_t>(hash), buckets);
  for (const std::int64_t bucket : buckets) {
    for (std::int64_t chunk = first_chunk_of(bucket + 1); chunk-- > first_chunk_of(bucket);) {
      Run run = statement->start(chunk, hash, merchant, Text{public_id});
      RF_TRY(const bool row, run.next());
      if (!row) continue;
      return Located{.id = run.row_id<EventKind>(0),
                     .first_delivery = run.row_id<DeliveryKind>(1),
                     .delivery_count = run.integer(2)};
    }
  }
  return std::nullopt;
}

Result<std::optional<EventRecord>> EventReader::read(Reader& reader, EventId id) const {
  RF_TRY(Statement * statement,
         reader.statement("SELECT merchant,type,return_id,sequence,created_ms,occurred_ms,flags,"
                          "client_id,crc,body FROM events WHERE id=?1"));
  Run run = statement->start(id);
  RF_TRY(const bool row, run.next());
  if (!row) return std::nullopt;
  RF_TRY_STATUS(check_body(id, run.blob(9), run.integer(8)));
  std::optional<std::string_view> client_id;
  if (!run.is_null(7)) client_id = run.text(7);
  EventRecord record;
  record.id = id;
  record.merchant = run.row_id<MerchantKind>(0);
  record.public_id = public_event_id(parts_.ids, id, run.time(4), client_id);
  record.type = static_cast<EventType>(run.integer(1));
  record.return_id = run.text(2);
  record.sequence = run.integer(3);
  record.created_at = run.time(4);
  record.occurred_at = run.time(5);
  record.test = run.integer(6) != 0;
  record.body = run.blob(9);
  return record;
}

// Looks only into the buckets that may have events of the return, chunk by chunk.
Status EventReader::gather_of_return(Reader& reader,
                                     const EventFilter& filter,
                                     IdWalk& walk) const {
  const std::int64_t hash = parts_.hashes.of_return(filter.merchant, *filter.return_id);
  RF_TRY(Statement * chunk, reader.statement(list_sql(Source::kReturn, walk.ascending())));
  while (!walk.done()) {
    if (!parts_.filters.returns.may_hold(bucket_of(walk.edge()),
                                         static_cast<std::uint64_t>(hash))) {
      walk.next_bucket(kBucketSkipEntries);
      continue;
    }
    const IdWalk::Span span = walk.next_chunk(kSeekEntries);
    RF_TRY_STATUS(walk.take(chunk->start(span.low,
                                         span.high,
                                         filter.merchant,
                                         walk.wanted(),
                                         filter.type,
                                         filter.since,
                                         filter.until,
                                         hash,
                                         Text{*filter.return_id})));
  }
  return {};
}

Status EventReader::gather(Reader& reader, const EventFilter& filter, IdWalk& walk) const {
  if (filter.return_id) return gather_of_return(reader, filter, walk);
  const auto take = [&](Statement& statement, const IdWalk::Span& span) {
    return walk.take(statement.start(span.low,
                                     span.high,
                                     filter.merchant,
                                     walk.wanted(),
                                     filter.type,
                                     filter.since,
                                     filter.until));
  };
  RF_TRY(const std::unordered_set<std::int64_t> outside, buckets_outside(reader, filter));
  if (!walk.done()) {
    RF_TRY(Statement * table, reader.statement(list_sql(Source::kTable, walk.ascending())));
    RF_TRY_STATUS(take(*table, walk.next(kTableWalkRows, kTableWalkRows)));
  }
  RF_TRY(Statement * chunk, reader.statement(list_sql(Source::kMerchant, walk.ascending())));
  while (!walk.done()) {
    if (outside.contains(bucket_of(walk.edge()))) {
      walk.next_bucket(kSeekEntries);
    } else {
      RF_TRY_STATUS(take(*chunk, walk.next_chunk(kChunkScanEntries)));
    }
  }
  return {};
}

Result<Page<EventRecord>> EventReader::list(const EventFilter& filter) {
  RF_TRY(ReaderPool::Lease reader, parts_.pool.take());
  RF_TRY(const std::int64_t newest, newest_event(*reader));
  IdWalk walk({.order = filter.order, .from = filter.from, .limit = filter.limit}, newest);
  RF_TRY_STATUS(gather(*reader, filter, walk));
  const IdWalk::Gathered gathered = walk.finish();
  Page<EventRecord> page;
  page.next = gathered.next;
  std::size_t bytes = 0;
  for (const std::int64_t id : gathered.ids) {
    if (bytes >= limits::kPageBytesMax) {
      page.next = page.rows.back().id.value;
      break;
    }
    RF_TRY(std::optional<EventRecord> record, read(*reader, EventId{id}));
    if (!record) return fail(ErrorCode::kCorruption, "an index of events names a missing row");
    bytes += record->body.size();
    page.rows.push_back(std::move(*record));
  }
  return page;
}

}  // namespace returnflows::sqlite

#include "returnflows/store/sqlite/delivery_log.h"

#include <algorithm>
#include <string>
#include <utility>

#include "returnflows/store/sqlite/attempt_detail.h"
#include "returnflows/store/sqlite/event_table.h"
#include "returnflows/store/sqlite/schema.h"

namespace returnflows::sqlite {
namespace {

struct StateRange {
  DeliveryState first;
  DeliveryState last;
};

StateRange states_of(const std::optional<DeliveryStatus>& status) {
  if (!status) return {DeliveryState::kReady, DeliveryState::kCanceled};
  switch (*status) {
    case DeliveryStatus::kPending:
      return {DeliveryState::kReady, DeliveryState::kHeld};
    case DeliveryStatus::kDelivered:
      return {DeliveryState::kDelivered, DeliveryState::kDelivered};
    case DeliveryStatus::kExhausted:
      return {DeliveryState::kExhausted, DeliveryState::kExhausted};
    case DeliveryStatus::kCanceled:
      return {DeliveryState::kCanceled, DeliveryState::kCanceled};
  }
  return {DeliveryState::kReady, DeliveryState::kCanceled};
}

// Where a list of deliveries looks: in the table by id, or in one of the two indexes by bucket,
// merchant and endpoint, for all or for one endpoint.
enum class Source : std::uint8_t { kTable, kAll, kUnsuccessful };

Source index_of(const std::optional<DeliveryStatus>& status) {
  const bool all = !status || *status == DeliveryStatus::kDelivered;
  return all ? Source::kAll : Source::kUnsuccessful;
}

std::string list_sql(Source source, bool one_endpoint, bool ascending) {
  std::string sql = "SELECT id FROM deliveries ";
  switch (source) {
    case Source::kTable:
      sql += "NOT INDEXED WHERE ";
      break;
    case Source::kAll:
      sql += "INDEXED BY deliveries_by_endpoint WHERE bucket=(?1>>14) AND ";
      break;
    case Source::kUnsuccessful:
      sql += "INDEXED BY deliveries_unsuccessful WHERE state<>3 AND bucket=(?1>>14) AND ";
      break;
  }
  sql += one_endpoint ? "endpoint=?8 AND " : "(?8 IS NULL OR endpoint=?8) AND ";
  sql +=
      "id>=?1 AND id<=?2 AND merchant=?3 AND (?5 IS NULL OR type=?5) AND state>=?6 AND state<=?7 "
      "ORDER BY id ";
  sql += ascending ? "ASC" : "DESC";
  return sql + " LIMIT ?4";
}

// Takes what `filter` selects among the ids of `span`.
Status take_span(Statement& statement,
                 const DeliveryFilter& filter,
                 const IdWalk::Span& span,
                 IdWalk& walk) {
  const StateRange states = states_of(filter.status);
  return walk.take(statement.start(span.low,
                                   span.high,
                                   filter.merchant,
                                   walk.wanted(),
                                   filter.type,
                                   states.first,
                                   states.last,
                                   filter.endpoint));
}

// The event of the delivery `id`, or of the nearest one before it; 0 without any.
Result<std::int64_t> event_of_delivery(Reader& reader, std::int64_t id) {
  RF_TRY(Statement * statement,
         reader.statement("SELECT event FROM deliveries WHERE id<=?1 ORDER BY id DESC LIMIT 1"));
  Run run = statement->start(id);
  RF_TRY(const bool row, run.next());
  return row ? run.integer(0) : 0;
}

}  // namespace

Status DeliveryReader::gather_of_event(Reader& reader,
                                       const DeliveryFilter& filter,
                                       IdWalk& walk) const {
  RF_TRY(const std::optional<EventReader::Located> event,
         parts_.events.locate(reader, filter.merchant, *filter.event_public_id));
  RF_TRY(Statement * table,
         reader.statement(list_sql(Source::kTable, filter.endpoint.has_value(), walk.ascending())));
  const IdWalk::Span left{.low = walk.low(), .high = walk.high()};
  walk.skip_all();
  if (!event) return {};
  const std::int64_t first = event->first_delivery.value;
  return take_span(*table,
                   filter,
                   {.low = std::max(left.low, first),
                    .high = std::min(left.high, first + event->delivery_count - 1)},
                   walk);
}

// Deliveries have ascending ids in the order of their events, so a walk over the return's events
// meets them in order. The walk's ids are those of deliveries; the buckets here are of events.
Status DeliveryReader::gather_of_return(Reader& reader,
                                        const DeliveryFilter& filter,
                                        IdWalk& walk) const {
  RF_TRY(Statement * table,
         reader.statement(list_sql(Source::kTable, filter.endpoint.has_value(), walk.ascending())));
  std::string sql =
      "SELECT first_delivery,delivery_count FROM events INDEXED BY events_by_return "
      "WHERE chunk=?1 AND merchant=?2 AND return_hash=?3 AND return_id=?4 AND delivery_count>0 "
      "AND first_delivery<=?6 AND first_delivery+delivery_count>?5 ORDER BY id ";
  sql += walk.ascending() ? "ASC" : "DESC";
  RF_TRY(Statement * events, reader.statement(sql));
  if (walk.done()) return {};
  RF_TRY(const std::int64_t oldest, event_of_delivery(reader, walk.low()));
  RF_TRY(const std::int64_t newest, event_of_delivery(reader, walk.high()));
  const IdWalk::Span left{.low = walk.low(), .high = walk.high()};
  const std::int64_t hash = parts_.hashes.of_return(filter.merchant, *filter.return_id);
  walk.skip_all();
  const std::int64_t step = walk.ascending() ? 1 : -1;
  const std::int64_t start = chunk_of(walk.ascending() ? oldest : newest);
  const std::int64_t end = chunk_of(walk.ascending() ? newest : oldest) + step;
  for (std::int64_t chunk = start; chunk != end && walk.wanted() > 0; chunk += step) {
    if (!parts_.filters.returns.may_hold(chunk / kChunksPerBucket,
                                         static_cast<std::uint64_t>(hash))) {
      continue;
    }
    Run run =
        events->start(chunk, filter.merchant, hash, Text{*filter.return_id}, left.low, left.high);
    while (walk.wanted() > 0) {
      RF_TRY(const bool row, run.next());
      if (!row) break;
      const std::int64_t first = run.integer(0);
      RF_TRY_STATUS(take_span(*table,
                              filter,
                              {.low = std::max(left.low, first),
                               .high = std::min(left.high, first + run.integer(1) - 1)},
                              walk));
    }
  }
  return {};
}

Status DeliveryReader::gather_any(Reader& reader,
                                  const DeliveryFilter& filter,
                                  IdWalk& walk) const {
  const Source source = index_of(filter.status);
  const bool one_endpoint = filter.endpoint.has_value();
  if (source == Source::kAll && !walk.done()) {
    RF_TRY(Statement * table,
           reader.statement(list_sql(Source::kTable, one_endpoint, walk.ascending())));
    const IdWalk::Span span = walk.next(kTableWalkRows, kTableWalkRows);
    RF_TRY_STATUS(take_span(*table, filter, span, walk));
  }
  const std::size_t cost = source == Source::kAll ? kBucketScanEntries : kSeekEntries;
  RF_TRY(Statement * bucket, reader.statement(list_sql(source, one_endpoint, walk.ascending())));
  while (!walk.done()) {
    const IdWalk::Span span = walk.next_bucket(cost);
    RF_TRY_STATUS(take_span(*bucket, filter, span, walk));
  }
  return {};
}

Result<Page<DeliveryRecord>> DeliveryReader::list(const DeliveryFilter& filter) {
  RF_TRY(ReaderPool::Lease reader, parts_.pool.take());
  RF_TRY(Statement * last, reader->statement("SELECT coalesce(max(id),0) FROM deliveries"));
  std::int64_t newest = 0;
  {
    Run run = last->start();
    RF_TRY(const bool row, run.next());
    if (row) newest = run.integer(0);
  }
  IdWalk walk({.order = filter.order, .from = filter.from, .limit = filter.limit}, newest);
  if (filter.event_public_id) {
    RF_TRY_STATUS(gather_of_event(*reader, filter, walk));
  } else if (filter.return_id) {
    RF_TRY_STATUS(gather_of_return(*reader, filter, walk));
  } else {
    RF_TRY_STATUS(gather_any(*reader, filter, walk));
  }
  const IdWalk::Gathered gathered = walk.finish();
  Page<DeliveryRecord> page;
  page.next = gathered.next;
  for (const std::int64_t id : gathered.ids) {
    RF_TRY(std::optional<DeliveryRecord> record, read(*reader, DeliveryId{id}));
    if (!record) {
      return fail(ErrorCode::kCorruption, "a delivery in the log has lost its event");
    }
    // With both filters the walk goes by the event alone.
    if (filter.return_id && record->return_id != *filter.return_id) continue;
    page.rows.push_back(std::move(*record));
  }
  return page;
}

Result<std::optional<DeliveryRecord>> DeliveryReader::find(MerchantId merchant, DeliveryId id) {
  RF_TRY(ReaderPool::Lease reader, parts_.pool.take());
  RF_TRY(std::optional<DeliveryRecord> record, read(*reader, id));
  if (record && record->merchant != merchant) record.reset();
  return record;
}

Result<std::optional<DeliveryRecord>> DeliveryReader::read(Reader& reader, DeliveryId id) const {
  RF_TRY(Statement * statement,
         reader.statement(
             "SELECT d.event,e.created_ms,e.client_id,d.endpoint,d.merchant,d.type,e.return_id,"
             "e.sequence,d.state,d.attempts_made,d.created_ms,d.updated_ms,d.next_attempt_ms,"
             "d.status,d.result,d.sentence,"
             "(SELECT created_ms FROM endpoints WHERE id=d.endpoint) "
             "FROM deliveries d CROSS JOIN events e ON e.id=d.event WHERE d.id=?1"));
  Run run = statement->start(id);
  RF_TRY(const bool row, run.next());
  if (!row) return std::nullopt;
  std::optional<std::string_view> client_id;
  if (!run.is_null(2)) client_id = run.text(2);
  DeliveryRecord record;
  record.id = id;
  record.event = run.row_id<EventKind>(0);
  record.event_public_id = public_event_id(parts_.ids, record.event, run.time(1), client_id);
  record.endpoint = run.row_id<EndpointKind>(3);
  record.merchant = run.row_id<MerchantKind>(4);
  record.type = static_cast<EventType>(run.integer(5));
  record.return_id = run.text(6);
  record.sequence = run.integer(7);
  record.state = static_cast<DeliveryState>(run.integer(8));
  record.attempts_made = static_cast<int>(run.integer(9));
  record.created_at = run.time(10);
  record.updated_at = run.time(11);
  if (record.state == DeliveryState::kReady || record.state == DeliveryState::kWaiting) {
    record.next_attempt_at = run.time(12);
  }
  record.last_status = static_cast<int>(run.integer(13));
  if (!run.is_null(14)) record.last_result = static_cast<AttemptResult>(run.integer(14));
  record.last_sentence = run.text(15);
  record.endpoint_created_at = run.time(16);
  return record;
}

Result<std::vector<AttemptRecord>> DeliveryReader::attempts(DeliveryId id) {
  RF_TRY(ReaderPool::Lease reader, parts_.pool.take());
  RF_TRY(Statement * statement,
         reader->statement(
             "SELECT number,started_ms,result,status,sentence,detail FROM attempts "
             "WHERE delivery=?1 UNION ALL "
             "SELECT attempts_made,started_ms,result,status,sentence,detail FROM deliveries "
             "WHERE id=?1 AND started_ms IS NOT NULL ORDER BY 1"));
  std::vector<AttemptRecord> records;
  Run run = statement->start(id);
  for (;;) {
    RF_TRY(const bool row, run.next());
    if (!row) return records;
    AttemptDetail detail;
    RF_TRY_STATUS(decode_attempt_detail(run.blob(5), detail));
    AttemptRecord record{.delivery = id,
                         .attempt = std::move(detail.attempt),
                         .sentence = std::string(run.text(4)),
                         .delivered = detail.delivered};
    record.attempt.number = static_cast<int>(run.integer(0));
    record.attempt.started_at = run.time(1);
    record.attempt.result = static_cast<AttemptResult>(run.integer(2));
    record.attempt.status = static_cast<int>(run.integer(3));
    records.push_back(std::move(record));
  }
}

}  // namespace returnflows::sqlite

#include "returnflows/store/sqlite/delivery_table.h"

#include <algorithm>
#include <string>

#include "returnflows/base/check.h"
#include "returnflows/store/sqlite/attempt_detail.h"
#include "returnflows/store/sqlite/schema.h"

namespace returnflows::sqlite {
namespace {

Status take_ids(Run run, std::vector<DeliveryId>& ids) {
  for (;;) {
    RF_TRY(const bool row, run.next());
    if (!row) return {};
    ids.push_back(run.row_id<DeliveryKind>(0));
  }
}

}  // namespace

Result<DeliveryTable> DeliveryTable::open(Connection& connection) {
  DeliveryTable table;
  RF_TRY(table.last_id_, connection.integer("SELECT coalesce(max(id), 0) FROM deliveries"));
  RF_TRY(table.insert_,
         connection.prepare(
             "INSERT INTO deliveries(id,event,endpoint,merchant,type,key_hash,state,attempts_made,"
             "attempts_before_schedule,created_ms,updated_ms,next_attempt_ms) "
             "VALUES(?1,?2,?3,?4,?5,?6,?7,0,0,?8,?8,?9)"));
  RF_TRY(table.find_,
         connection.prepare("SELECT event,endpoint,merchant,type,key_hash,state,attempts_made,"
                            "attempts_before_schedule,created_ms,next_attempt_ms,started_ms "
                            "FROM deliveries WHERE id=?1"));
  RF_TRY(table.record_,
         connection.prepare(
             "UPDATE deliveries SET state=?2,attempts_made=?3,updated_ms=?4,next_attempt_ms=?5,"
             "started_ms=?6,result=?7,status=?8,sentence=?9,detail=?10 WHERE id=?1"));
  RF_TRY(table.keep_attempt_,
         connection.prepare(
             "INSERT INTO attempts(delivery,number,started_ms,result,status,sentence,detail) "
             "SELECT id,attempts_made,started_ms,result,status,sentence,detail FROM deliveries "
             "WHERE id=?1"));
  RF_TRY(table.change_,
         connection.prepare("UPDATE deliveries SET state=?2,attempts_before_schedule=?3,"
                            "updated_ms=?4,next_attempt_ms=?5 WHERE id=?1"));
  RF_TRY(table.oldest_held_,
         connection.prepare("SELECT id FROM deliveries INDEXED BY deliveries_later "
                            "WHERE later IS NOT NULL AND endpoint=?1 AND state=2 AND later=?2 "
                            "ORDER BY id LIMIT 1"));
  RF_TRY(table.waiting_of_,
         connection.prepare("SELECT id FROM deliveries INDEXED BY deliveries_later "
                            "WHERE later IS NOT NULL AND endpoint=?1 AND state=1 LIMIT ?2"));
  RF_TRY(table.held_of_,
         connection.prepare("SELECT id FROM deliveries INDEXED BY deliveries_later "
                            "WHERE later IS NOT NULL AND endpoint=?1 AND state=2 LIMIT ?2"));
  RF_TRY(table.ready_of_,
         connection.prepare("SELECT id FROM deliveries INDEXED BY deliveries_unsuccessful "
                            "WHERE state<>3 AND bucket=?1 AND merchant=?2 AND endpoint=?3 "
                            "AND state=0 LIMIT ?4"));
  return table;
}

Status DeliveryTable::load_backlog(Connection& connection, Backlog& backlog) {
  RF_TRY(Statement pending,
         connection.prepare("SELECT id,endpoint,merchant,key_hash,state FROM deliveries "
                            "INDEXED BY deliveries_unsuccessful WHERE state<>3 AND state<=2"));
  Run run = pending.start();
  for (;;) {
    RF_TRY(const bool found, run.next());
    if (!found) return {};
    DeliveryRow row;
    row.id = run.row_id<DeliveryKind>(0);
    row.endpoint = run.row_id<EndpointKind>(1);
    row.merchant = run.row_id<MerchantKind>(2);
    row.key_hash = run.integer(3);
    row.state = static_cast<DeliveryState>(run.integer(4));
    backlog.add(row);
    backlog.open_key(row);
  }
}

void DeliveryTable::remember(const DeliveryRow& row) {
  DeliveryRow& slot = recent_[static_cast<std::size_t>(row.id.value) % kRecentRows];
  if (slot.id <= row.id) slot = row;
}

Status DeliveryTable::insert(const DeliveryRow& row) {
  RF_CHECK(row.id == next_id());
  RF_TRY_STATUS(insert_.execute(row.id,
                                row.event,
                                row.endpoint,
                                row.merchant,
                                row.type,
                                row.key_hash,
                                row.state,
                                row.created_at,
                                row.next_attempt_at));
  last_id_ = row.id.value;
  remember(row);
  return {};
}

Result<std::optional<DeliveryRow>> DeliveryTable::find(DeliveryId id) {
  if (!id.is_set()) return std::nullopt;
  const DeliveryRow& recent = recent_[static_cast<std::size_t>(id.value) % kRecentRows];
  if (recent.id == id) return recent;
  Run run = find_.start(id);
  RF_TRY(const bool found, run.next());
  if (!found) return std::nullopt;
  DeliveryRow row;
  row.id = id;
  row.event = run.row_id<EventKind>(0);
  row.endpoint = run.row_id<EndpointKind>(1);
  row.merchant = run.row_id<MerchantKind>(2);
  row.type = static_cast<EventType>(run.integer(3));
  row.key_hash = run.integer(4);
  row.state = static_cast<DeliveryState>(run.integer(5));
  row.attempts_made = static_cast<int>(run.integer(6));
  row.attempts_before_schedule = static_cast<int>(run.integer(7));
  row.created_at = run.time(8);
  row.next_attempt_at = run.time(9);
  if (!run.is_null(10)) row.last_started_at = run.time(10);
  return row;
}

Status DeliveryTable::record_attempt(const DeliveryRow& row,
                                     const Outcome& outcome,
                                     Timestamp now) {
  if (row.attempts_made > 1) RF_TRY_STATUS(keep_attempt_.execute(row.id));
  const std::string detail = encode_attempt_detail(outcome.attempt, outcome.delivered);
  RF_TRY_STATUS(record_.execute(row.id,
                                row.state,
                                row.attempts_made,
                                now,
                                row.next_attempt_at,
                                outcome.attempt.started_at,
                                outcome.attempt.result,
                                outcome.attempt.status,
                                Text{outcome.sentence},
                                Blob{detail}));
  remember(row);
  return {};
}

Status DeliveryTable::change(const DeliveryRow& row, Timestamp now) {
  RF_TRY_STATUS(
      change_.execute(row.id, row.state, row.attempts_before_schedule, now, row.next_attempt_at));
  remember(row);
  return {};
}

Result<std::optional<DeliveryId>> DeliveryTable::oldest_held(EndpointId endpoint,
                                                             std::int64_t key_hash) {
  Run run = oldest_held_.start(endpoint, key_hash);
  RF_TRY(const bool row, run.next());
  if (!row) return std::nullopt;
  return run.row_id<DeliveryKind>(0);
}

Result<std::vector<DeliveryId>> DeliveryTable::pending_of(EndpointId endpoint,
                                                          const Backlog& backlog,
                                                          std::size_t count_max) {
  std::vector<DeliveryId> ids;
  const Backlog::OfEndpoint* owed = backlog.find(endpoint);
  if (owed == nullptr) return ids;
  if (owed->waiting > 0) RF_TRY_STATUS(take_ids(waiting_of_.start(endpoint, count_max), ids));
  if (owed->held > 0 && ids.size() < count_max) {
    RF_TRY_STATUS(take_ids(held_of_.start(endpoint, count_max - ids.size()), ids));
  }
  if (owed->ready == 0) return ids;
  auto bucket = backlog.ready_bucket_from(bucket_of(owed->ready_from));
  while (bucket && ids.size() < count_max) {
    RF_TRY_STATUS(
        take_ids(ready_of_.start(*bucket, owed->merchant, endpoint, count_max - ids.size()), ids));
    bucket = backlog.ready_bucket_from(*bucket + 1);
  }
  return ids;
}

}  // namespace returnflows::sqlite

#include "returnflows/store/sqlite/event_table.h"

#include <algorithm>
#include <string>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/base/checksum.h"
#include "returnflows/base/limits.h"

namespace returnflows::sqlite {

Status check_body(EventId event, std::string_view body, std::int64_t crc) {
  if (crc32c(body) == static_cast<std::uint32_t>(crc)) return {};
  return fail(ErrorCode::kCorruption,
              "the bytes of event row " + std::to_string(event.value) +
                  " are not what was written (checksum); restore the database from a backup");
}

std::string public_event_id(const IdCodec& ids,
                            EventId event,
                            Timestamp created_at,
                            std::optional<std::string_view> client_id) {
  if (client_id) return std::string(*client_id);
  return ids.encode(IdPrefix::kEvent, event, created_at);
}

EventTable::EventTable(const IdCodec& ids) : ids_(&ids), recent_(limits::kRecentBodiesBytesMax) {}

Result<EventTable> EventTable::open(Connection& connection, const IdCodec& ids) {
  EventTable table(ids);
  RF_TRY(table.last_id_, connection.integer("SELECT coalesce(max(id), 0) FROM events"));
  RF_TRY(table.insert_,
         connection.prepare(
             "INSERT INTO events(id,merchant,type,return_hash,sequence,revision,flags,created_ms,"
             "occurred_ms,first_delivery,delivery_count,return_id,crc,body,client_hash,client_id,"
             "content) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)"));
  RF_TRY(table.body_,
         connection.prepare("SELECT type,created_ms,client_id,crc,body FROM events WHERE id=?1"));
  RF_TRY(table.find_,
         connection.prepare("SELECT type,return_id,sequence,revision,created_ms,client_id,content "
                            "FROM events WHERE id=?1"));
  return table;
}

Status EventTable::insert(const EventRow& row, std::shared_ptr<const EventBody> body) {
  RF_CHECK(row.id == next_id());
  std::optional<std::int64_t> client_hash;
  std::optional<Text> client_id;
  std::optional<Blob> content;
  if (row.client_hash != 0) {
    client_hash = row.client_hash;
    client_id = Text{row.client_id};
    content = Blob{row.content};
  }
  RF_TRY_STATUS(insert_.execute(row.id,
                                row.merchant,
                                row.type,
                                row.return_hash,
                                row.sequence,
                                row.revision,
                                row.test,
                                row.created_at,
                                row.occurred_at,
                                row.first_delivery,
                                row.delivery_count,
                                Text{row.return_id},
                                crc32c(row.body),
                                Blob{row.body},
                                client_hash,
                                client_id,
                                content));
  last_id_ = row.id.value;
  if (body) recent_.add(std::move(body));
  return {};
}

Result<std::shared_ptr<const EventBody>> EventTable::body(EventId event) {
  if (auto recent = recent_.find(event)) return recent;
  Run run = body_.start(event);
  RF_TRY(const bool row, run.next());
  if (!row) {
    return fail(ErrorCode::kCorruption,
                "event row " + std::to_string(event.value) + " is missing, but it has deliveries");
  }
  RF_TRY_STATUS(check_body(event, run.blob(4), run.integer(3)));
  std::optional<std::string_view> client_id;
  if (!run.is_null(2)) client_id = run.text(2);
  auto body = std::make_shared<EventBody>();
  body->id = event;
  body->public_id = public_event_id(*ids_, event, run.time(1), client_id);
  body->type = static_cast<EventType>(run.integer(0));
  body->created_at = run.time(1);
  body->body = run.blob(4);
  return body;
}

Result<std::optional<EventTable::Known>> EventTable::find(EventId event) {
  Run run = find_.start(event);
  RF_TRY(const bool row, run.next());
  if (!row) return std::nullopt;
  std::optional<std::string_view> client_id;
  if (!run.is_null(5)) client_id = run.text(5);
  Known known;
  known.accepted.id = event;
  known.accepted.public_id = public_event_id(*ids_, event, run.time(4), client_id);
  known.accepted.type = static_cast<EventType>(run.integer(0));
  known.accepted.return_id = run.text(1);
  known.accepted.sequence = run.integer(2);
  known.accepted.revision = run.integer(3);
  known.accepted.created_at = run.time(4);
  known.accepted.duplicate = true;
  if (!run.is_null(6) && run.blob(6).size() == Fingerprint{}.size()) {
    Fingerprint content{};
    std::ranges::copy(run.blob(6), content.begin());
    known.content = content;
  }
  return known;
}

}  // namespace returnflows::sqlite

#include "returnflows/store/sqlite/queue.h"

#include <algorithm>
#include <utility>

#include "returnflows/store/sqlite/schema.h"

namespace returnflows::sqlite {

Result<std::unique_ptr<Queue>> Queue::open(Connection& connection, Writer& writer) {
  auto queue = std::unique_ptr<Queue>(new Queue(writer));
  RF_TRY(queue->ready_,
         connection.prepare(
             "SELECT id,event,created_ms,next_attempt_ms,attempts_made,attempts_before_schedule "
             "FROM deliveries INDEXED BY deliveries_unsuccessful WHERE state<>3 AND bucket=?1 "
             "AND merchant=?2 AND endpoint=?3 AND state=0 AND id>=?4 ORDER BY id LIMIT ?5"));
  RF_TRY(queue->waiting_,
         connection.prepare(
             "SELECT id,event,created_ms,next_attempt_ms,attempts_made,attempts_before_schedule "
             "FROM deliveries INDEXED BY deliveries_later WHERE later IS NOT NULL AND "
             "endpoint=?1 AND state=1 AND later<=?2 ORDER BY later,id LIMIT ?3"));
  RF_TRY(queue->next_waiting_,
         connection.prepare("SELECT later FROM deliveries INDEXED BY deliveries_later WHERE "
                            "later IS NOT NULL AND endpoint=?1 AND state=1 "
                            "ORDER BY later LIMIT 1"));
  return queue;
}

// Nothing is read from a store that has ended, and damage that a read finds ends it.
template <class Answer>
Result<Answer> Queue::checked(Result<Answer> answer) {
  if (!answer) writer_.note_failure(answer.error());
  return answer;
}

Result<bool> Queue::take(const Run& run, EndpointId endpoint, Filling& filling) {
  if (filling.full()) {
    filling.loaded.more = true;
    return false;
  }
  RF_TRY(std::shared_ptr<const EventBody> body, writer_.events().body(run.row_id<EventKind>(1)));
  filling.bytes += body->body.size();
  filling.loaded.deliveries.push_back(
      DueDelivery{.id = run.row_id<DeliveryKind>(0),
                  .endpoint = endpoint,
                  .created_at = run.time(2),
                  .due_at = run.time(3),
                  .attempts_made = static_cast<int>(run.integer(4)),
                  .attempts_before_schedule = static_cast<int>(run.integer(5)),
                  .event = std::move(body)});
  return true;
}

Result<DeliveryQueue::Loaded> Queue::load_ready(const ReadyQuestion& question) {
  RF_TRY_STATUS(writer_.health());
  const Backlog::OfEndpoint* owed = writer_.backlog().find(question.endpoint);
  if (owed == nullptr || owed->ready == 0) return Loaded{};
  return checked(read_ready(question, *owed));
}

// Asks bucket by bucket for one row more than there is room for, to know whether there are more.
Result<DeliveryQueue::Loaded> Queue::read_ready(const ReadyQuestion& question,
                                                const Backlog::OfEndpoint& owed) {
  Filling filling{.loaded = {}, .count_max = question.count_max, .bytes_max = question.bytes_max};
  const bool from_the_start = question.after.value < owed.ready_from;
  const std::int64_t first = std::max(question.after.value + 1, owed.ready_from);
  bool room = true;
  for (auto bucket = writer_.backlog().ready_bucket_from(bucket_of(first)); bucket && room;
       bucket = writer_.backlog().ready_bucket_from(*bucket + 1)) {
    const std::size_t asked = question.count_max - filling.loaded.deliveries.size() + 1;
    Run run = ready_.start(*bucket, owed.merchant, question.endpoint, first, asked);
    while (room) {
      RF_TRY(const bool row, run.next());
      if (!row) break;
      RF_TRY(room, take(run, question.endpoint, filling));
    }
  }
  if (from_the_start && !filling.loaded.deliveries.empty()) {
    writer_.backlog().note_first_ready(question.endpoint,
                                       filling.loaded.deliveries.front().id.value);
  }
  return std::move(filling.loaded);
}

Result<DeliveryQueue::Loaded> Queue::load_waiting(const WaitingQuestion& question) {
  RF_TRY_STATUS(writer_.health());
  const Backlog::OfEndpoint* owed = writer_.backlog().find(question.endpoint);
  if (owed == nullptr || owed->waiting == 0) return Loaded{};
  return checked([&]() -> Result<Loaded> {
    Filling filling{.loaded = {}, .count_max = question.count_max, .bytes_max = question.bytes_max};
    Run run = waiting_.start(question.endpoint, question.due_until, question.count_max + 1);
    for (bool room = true; room;) {
      RF_TRY(const bool row, run.next());
      if (!row) break;
      RF_TRY(room, take(run, question.endpoint, filling));
    }
    return std::move(filling.loaded);
  }());
}

Result<std::optional<Timestamp>> Queue::next_waiting_at(EndpointId endpoint) {
  RF_TRY_STATUS(writer_.health());
  const Backlog::OfEndpoint* owed = writer_.backlog().find(endpoint);
  if (owed == nullptr || owed->waiting == 0) return std::nullopt;
  return checked([&]() -> Result<std::optional<Timestamp>> {
    Run run = next_waiting_.start(endpoint);
    RF_TRY(const bool row, run.next());
    if (!row) return std::nullopt;
    return run.time(0);
  }());
}

Result<std::vector<EndpointId>> Queue::endpoints_with_pending() {
  RF_TRY_STATUS(writer_.health());
  return writer_.backlog().endpoints();
}

}  // namespace returnflows::sqlite

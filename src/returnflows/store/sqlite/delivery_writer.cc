#include "returnflows/store/sqlite/delivery_writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "returnflows/base/check.h"

namespace returnflows::sqlite {
namespace {

std::unexpected<Error> not_found() {
  return fail(ErrorCode::kNotFound, "there is no such delivery");
}

// The same attempt reported twice: it counts once.
bool is_repeated(const DeliveryRow& row, const Attempt& attempt) {
  return attempt.number == row.attempts_made && row.last_started_at == attempt.started_at;
}

}  // namespace

Status DeliveryWriter::create(const NewDelivery& delivery, Group& group) {
  DeliveryRow row{.id = parts_.deliveries.next_id(),
                  .event = delivery.event,
                  .endpoint = delivery.endpoint,
                  .merchant = delivery.merchant,
                  .type = delivery.type,
                  .key_hash = delivery.key_hash,
                  .created_at = group.now,
                  .next_attempt_at = group.now};
  const bool waits = parts_.backlog.open_key(row) > 0;
  row.state = waits ? DeliveryState::kHeld : DeliveryState::kReady;
  parts_.backlog.add(row);
  RF_TRY_STATUS(parts_.deliveries.insert(row));
  if (waits) return {};
  group.report.due.push_back(DueDelivery{.id = row.id,
                                         .endpoint = row.endpoint,
                                         .created_at = row.created_at,
                                         .due_at = row.created_at,
                                         .event = delivery.body});
  return {};
}

// An attempt that was under way while its delivery was canceled, retried or held again still
// counts: delivered is delivered, and a failure changes nothing that was decided meanwhile.
DeliveryState DeliveryWriter::state_after(const DeliveryRow& row,
                                          const SettleAttempt& transition) const {
  if (transition.next_state == DeliveryState::kDelivered) return DeliveryState::kDelivered;
  if (is_settled(row.state) || row.state == DeliveryState::kHeld) return row.state;
  if (!parts_.catalog.find(row.endpoint)) return DeliveryState::kCanceled;
  return transition.next_state;
}

Result<DeliveryState> DeliveryWriter::settle(const SettleAttempt& transition, Group& group) {
  RF_CHECK(transition.next_state == DeliveryState::kDelivered ||
           transition.next_state == DeliveryState::kWaiting ||
           transition.next_state == DeliveryState::kExhausted);
  RF_TRY(const std::optional<DeliveryRow> before, parts_.deliveries.find(transition.delivery));
  if (!before) return not_found();
  if (is_repeated(*before, transition.attempt)) return before->state;
  DeliveryRow after = *before;
  after.state = state_after(*before, transition);
  after.attempts_made = before->attempts_made + 1;
  after.last_started_at = transition.attempt.started_at;
  if (after.state == DeliveryState::kWaiting) after.next_attempt_at = transition.next_attempt_at;
  const DeliveryTable::Outcome outcome{
      .attempt = transition.attempt,
      .sentence = transition.sentence,
      .delivered = transition.next_state == DeliveryState::kDelivered};
  RF_TRY_STATUS(parts_.deliveries.record_attempt(after, outcome, group.now));
  RF_TRY_STATUS(follow(*before, after, group));
  return after.state;
}

Result<DeliveryState> DeliveryWriter::retry(const RetryDelivery& transition, Group& group) {
  RF_TRY(const std::optional<DeliveryRow> before,
         find_of(transition.merchant, transition.delivery));
  if (!before) return not_found();
  if (!parts_.catalog.find(before->endpoint)) {
    return fail(ErrorCode::kConflict, "the endpoint of this delivery was deleted");
  }
  if (before->state == DeliveryState::kHeld) {
    return fail(ErrorCode::kConflict,
                "this delivery waits for an older event of the same return; retry or cancel that "
                "one, and this one follows by itself");
  }
  DeliveryRow after = *before;
  after.state = DeliveryState::kWaiting;
  after.next_attempt_at = group.now;
  if (is_settled(before->state)) {
    after.attempts_before_schedule = before->attempts_made;
    if (parts_.backlog.open_key(after) > 0) after.state = DeliveryState::kHeld;
  }
  RF_TRY_STATUS(parts_.deliveries.change(after, group.now));
  RF_TRY_STATUS(follow(*before, after, group));
  if (after.state == DeliveryState::kWaiting) RF_TRY_STATUS(report_due(after, group));
  return after.state;
}

Result<DeliveryState> DeliveryWriter::cancel(const CancelDelivery& transition, Group& group) {
  RF_TRY(const std::optional<DeliveryRow> before,
         find_of(transition.merchant, transition.delivery));
  if (!before) return not_found();
  if (is_settled(before->state)) {
    return fail(ErrorCode::kConflict,
                "this delivery is settled already; nothing is left to cancel");
  }
  DeliveryRow after = *before;
  after.state = DeliveryState::kCanceled;
  RF_TRY_STATUS(parts_.deliveries.change(after, group.now));
  group.report.canceled.push_back(after.id);
  RF_TRY_STATUS(follow(*before, after, group));
  return after.state;
}

Result<CancelEndpointDeliveries::Outcome> DeliveryWriter::cancel_all(
    const CancelEndpointDeliveries& transition, Group& group) {
  if (parts_.catalog.find(transition.endpoint)) {
    return fail(ErrorCode::kConflict,
                "the endpoint is in use; all its deliveries are canceled only when it was deleted");
  }
  RF_TRY(const std::vector<DeliveryId> pending,
         parts_.deliveries.pending_of(transition.endpoint, parts_.backlog, transition.count_max));
  for (const DeliveryId id : pending) {
    RF_TRY(const std::optional<DeliveryRow> before, parts_.deliveries.find(id));
    if (!before || is_settled(before->state)) {
      return fail(ErrorCode::kCorruption,
                  "an index of deliveries names row " + std::to_string(id.value) +
                      ", which is not pending");
    }
    DeliveryRow after = *before;
    after.state = DeliveryState::kCanceled;
    RF_TRY_STATUS(parts_.deliveries.change(after, group.now));
    RF_TRY_STATUS(follow(*before, after, group));
  }
  return CancelEndpointDeliveries::Outcome{
      .canceled = pending.size(), .done = parts_.backlog.find(transition.endpoint) == nullptr};
}

Result<std::optional<DeliveryRow>> DeliveryWriter::find_of(MerchantId merchant,
                                                           DeliveryId delivery) {
  RF_TRY(std::optional<DeliveryRow> row, parts_.deliveries.find(delivery));
  if (row && row->merchant != merchant) row.reset();
  return row;
}

// Counts the change and, when a head was settled, makes the next one of its return the head.
// A settled delivery that is retried has opened its key before: its state hangs on that.
Status DeliveryWriter::follow(const DeliveryRow& before, const DeliveryRow& after, Group& group) {
  if (!is_settled(before.state)) parts_.backlog.remove(before);
  if (!is_settled(after.state)) parts_.backlog.add(after);
  if (is_settled(before.state) || !is_settled(after.state)) return {};
  const bool others_wait = parts_.backlog.close_key(before) > 0;
  if (!others_wait || before.state == DeliveryState::kHeld) return {};
  if (!parts_.catalog.find(before.endpoint)) return {};
  return release_next(before, group);
}

Status DeliveryWriter::release_next(const DeliveryRow& head, Group& group) {
  RF_TRY(const std::optional<DeliveryId> id,
         parts_.deliveries.oldest_held(head.endpoint, head.key_hash));
  std::optional<DeliveryRow> held;
  if (id) {
    RF_TRY(held, parts_.deliveries.find(*id));
  }
  if (!held || held->state != DeliveryState::kHeld) {
    return fail(ErrorCode::kCorruption,
                "deliveries behind row " + std::to_string(head.id.value) +
                    " are counted but cannot be found");
  }
  DeliveryRow released = *held;
  released.state = DeliveryState::kWaiting;
  released.next_attempt_at = group.now;
  RF_TRY_STATUS(parts_.deliveries.change(released, group.now));
  RF_TRY_STATUS(follow(*held, released, group));
  return report_due(released, group);
}

Status DeliveryWriter::report_due(const DeliveryRow& row, Group& group) {
  RF_TRY(std::shared_ptr<const EventBody> body, parts_.events.body(row.event));
  std::erase(group.report.canceled, row.id);
  group.report.due.push_back(DueDelivery{.id = row.id,
                                         .endpoint = row.endpoint,
                                         .created_at = row.created_at,
                                         .due_at = row.next_attempt_at,
                                         .attempts_made = row.attempts_made,
                                         .attempts_before_schedule = row.attempts_before_schedule,
                                         .event = std::move(body)});
  return {};
}

}  // namespace returnflows::sqlite

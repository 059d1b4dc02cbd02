#include "tests/sim/promise_checker.h"

#include <algorithm>

#include "returnflows/base/limits.h"
#include "returnflows/delivery/breaker.h"

namespace returnflows::sim {
namespace {

// Enough to see what goes wrong; a broken promise breaks thousands of times.
constexpr std::size_t kBreachesKept = 20;

// The earliest that the schedule's jitter of 20 % allows. Not with_jitter(): that is what is
// watched.
std::chrono::milliseconds shortest(std::chrono::seconds delay) {
  return std::chrono::milliseconds{delay} * 8 / 10;
}

}  // namespace

void PromiseChecker::breach(DeliveryId id, const std::string& what) {
  if (breaches_.size() >= kBreachesKept) return;
  breaches_.push_back("delivery " + std::to_string(id.value) + ": " + what);
}

PromiseChecker::Delivery* PromiseChecker::find(DeliveryId id) {
  const auto known = deliveries_.find(id);
  return known == deliveries_.end() ? nullptr : &known->second;
}

void PromiseChecker::created(const NewDelivery& delivery) {
  const auto [known, is_new] = deliveries_.try_emplace(delivery.id);
  if (!is_new) breach(delivery.id, "committed twice");
  known->second.endpoint = delivery.endpoint;
  known->second.return_number = delivery.return_number;
  known->second.ordered = delivery.ordered;
  ++pending_;
  if (delivery.ordered) open_[{delivery.endpoint, delivery.return_number}].insert(delivery.id);
}

void PromiseChecker::settle(DeliveryId id, Delivery& delivery, DeliveryState state) {
  if (!is_settled(delivery.state)) {
    --pending_;
    if (delivery.ordered) {
      const auto key = open_.find({delivery.endpoint, delivery.return_number});
      key->second.erase(id);
      if (key->second.empty()) open_.erase(key);
    }
  }
  delivery.state = state;
}

void PromiseChecker::reopen(DeliveryId id, Delivery& delivery) {
  ++pending_;
  delivery.state = DeliveryState::kWaiting;
  delivery.reopened = true;
  delivery.recorded_before_schedule = delivery.recorded;
  if (delivery.ordered) open_[{delivery.endpoint, delivery.return_number}].insert(id);
}

void PromiseChecker::recorded(const SettleAttempt& settled, DeliveryState state) {
  const DeliveryId id = settled.delivery;
  Delivery* delivery = find(id);
  if (delivery == nullptr) return breach(id, "an attempt was recorded, but nothing is owed");
  if (settled.attempt.number != delivery->recorded + 1) {
    breach(id,
           "attempt " + std::to_string(settled.attempt.number) + " recorded after attempt " +
               std::to_string(delivery->recorded));
  }
  ++delivery->recorded;
  if (state == DeliveryState::kDelivered && !delivery->arrived) {
    breach(id, "delivered, but its receiver never took it");
  }
  if (state == DeliveryState::kExhausted && !is_settled(delivery->state)) {
    check_exhausted(id, *delivery);
  }
  if (is_settled(state)) return settle(id, *delivery, state);
  const Receiver& receiver = receivers_[delivery->endpoint];
  const auto step =
      static_cast<std::size_t>(delivery->recorded - delivery->judged_before_schedule - 1);
  delivery->not_before.reset();
  if (state == DeliveryState::kWaiting && receiver.delays && step < receiver.delays->size()) {
    const auto took = std::chrono::floor<std::chrono::milliseconds>(settled.attempt.timings.total);
    delivery->not_before = settled.attempt.started_at + took + shortest((*receiver.delays)[step]);
  }
}

void PromiseChecker::check_exhausted(DeliveryId id, const Delivery& delivery) {
  const Receiver& receiver = receivers_[delivery.endpoint];
  if (!receiver.delays) return;
  const auto made = static_cast<std::size_t>(delivery.recorded - delivery.judged_before_schedule);
  if (made >= receiver.delays->size() + 1) return;
  breach(id,
         "given up after " + std::to_string(made) + " of " +
             std::to_string(receiver.delays->size() + 1) + " attempts");
}

void PromiseChecker::canceled(DeliveryId id) {
  Delivery* delivery = find(id);
  if (delivery == nullptr) return breach(id, "canceled, but nothing is owed");
  settle(id, *delivery, DeliveryState::kCanceled);
  delivery->cancel_told = false;
  untold_cancels_.push_back(id);
}

void PromiseChecker::retried(DeliveryId id) {
  Delivery* delivery = find(id);
  if (delivery == nullptr) return breach(id, "retried, but nothing is known of it");
  if (is_settled(delivery->state)) reopen(id, *delivery);
  delivery->not_before.reset();
  untold_retries_.push_back(id);
}

void PromiseChecker::forgotten(DeliveryId id) {
  const Delivery* delivery = find(id);
  if (delivery == nullptr) return;
  if (!is_settled(delivery->state)) breach(id, "forgotten while it was owed");
  deliveries_.erase(id);
}

void PromiseChecker::tell(const EndpointChange& change) {
  Receiver& receiver = receivers_[change.id];
  if (!change.endpoint) {
    receiver.deleted = true;
    return;
  }
  const bool active = change.endpoint->state == EndpointState::kActive;
  const bool resumed = active && !receiver.active;
  if (resumed || receiver.url != change.endpoint->url) {
    receiver.failures_in_row = 0;
    receiver.hold_until.reset();
    receiver.probe_not_before.reset();
    receiver.gone = false;
    receiver.wants_no_more = false;
    receiver.failing_since.reset();
  }
  if (change.endpoint->state == EndpointState::kDisabled && receiver.active) {
    check_disabled(change.id, receiver);
  }
  receiver.url = change.endpoint->url;
  receiver.active = active;
  receiver.delays = change.endpoint->retry_delays;
}

void PromiseChecker::check_disabled(EndpointId id, const Receiver& receiver) {
  const bool too_long =
      receiver.failing_since && latest_ - *receiver.failing_since >= limits::kFailingBeforeDisabled;
  if (receiver.gone || too_long || breaches_.size() >= kBreachesKept) return;
  breaches_.push_back("endpoint " + std::to_string(id.value) + ": disabled without a reason");
}

void PromiseChecker::told() {
  for (const EndpointChange& change : std::exchange(untold_changes_, {})) {
    tell(change);
  }
  for (const DeliveryId id : std::exchange(untold_cancels_, {})) {
    if (Delivery* delivery = find(id)) delivery->cancel_told = true;
  }
  for (const DeliveryId id : std::exchange(untold_retries_, {})) {
    if (Delivery* delivery = find(id)) {
      delivery->told_before_schedule = delivery->recorded_before_schedule;
    }
  }
}

void PromiseChecker::process_ended() {
  told();
  for (auto& [id, delivery] : deliveries_) {
    delivery.in_flight = false;
  }
  for (auto& [id, receiver] : receivers_) {
    receiver.in_flight = 0;
    receiver.failures_in_row = 0;
    receiver.hold_until.reset();
    receiver.probe_not_before.reset();
    receiver.wants_no_more = false;
  }
}

void PromiseChecker::started(DeliveryId id, int number, Timestamp at) {
  Delivery* delivery = find(id);
  if (delivery == nullptr) return breach(id, "sent, but nothing is owed");
  const bool allowed = !is_settled(delivery->state) ||
                       (delivery->state == DeliveryState::kCanceled && !delivery->cancel_told);
  if (!allowed) breach(id, "sent after it was settled");
  if (delivery->in_flight) breach(id, "sent while an attempt of it is under way");
  if (number != delivery->recorded + 1) {
    breach(id,
           "attempt " + std::to_string(number) + " sent after attempt " +
               std::to_string(delivery->recorded));
  }
  if (delivery->not_before && at < *delivery->not_before) {
    breach(id, "sent again before its retry schedule allows");
  }
  if (delivery->ordered) check_turn(id, *delivery);
  Receiver& receiver = receivers_[delivery->endpoint];
  check_endpoint(id, receiver, at);
  delivery->in_flight = true;
  delivery->started_at = at;
  ++receiver.in_flight;
}

// The oldest goes first. One that people have reopened takes its turn between the others.
void PromiseChecker::check_turn(DeliveryId id, const Delivery& delivery) {
  const auto key = open_.find({delivery.endpoint, delivery.return_number});
  if (key == open_.end()) return;
  for (const DeliveryId other_id : key->second) {
    if (other_id == id) continue;
    const Delivery& other = deliveries_.at(other_id);
    if (other.reopened) continue;
    if (other_id < id && !delivery.reopened) {
      breach(id, "sent before delivery " + std::to_string(other_id.value) + " of its return");
    }
    if (other.in_flight) {
      breach(id, "sent beside delivery " + std::to_string(other_id.value) + " of its return");
    }
  }
}

void PromiseChecker::check_endpoint(DeliveryId id, const Receiver& receiver, Timestamp at) {
  if (receiver.deleted) breach(id, "sent to a deleted endpoint");
  if (!receiver.active) breach(id, "sent to an endpoint that is not active");
  if (receiver.wants_no_more) breach(id, "sent after its endpoint answered 410");
  if (receiver.in_flight >= limits::kInFlightPerEndpointMax) {
    breach(id, "sent beyond the cap of requests under way");
  }
  if (receiver.hold_until && at < *receiver.hold_until) {
    breach(id, "sent before the Retry-After of its endpoint");
  }
  if (!receiver.probe_not_before) return;
  if (receiver.in_flight > 0) breach(id, "a second probe while the breaker is open");
  if (at < *receiver.probe_not_before) breach(id, "a probe before its time");
}

void PromiseChecker::arrived(DeliveryId id) {
  if (Delivery* delivery = find(id)) delivery->arrived = true;
}

void PromiseChecker::plan_probe(Receiver& receiver, Timestamp at) {
  std::chrono::seconds delay = Breaker::kProbeDelayWithoutSchedule;
  if (receiver.delays && !receiver.delays->empty()) {
    delay = (*receiver.delays)[std::min(receiver.probes, receiver.delays->size() - 1)];
  }
  receiver.probe_not_before = at + shortest(delay);
  ++receiver.probes;
}

void PromiseChecker::ended(DeliveryId id, const Verdict& verdict, Timestamp at) {
  Delivery* delivery = find(id);
  if (delivery == nullptr) return;  // Canceled, and forgotten, while it was under way.
  Receiver& receiver = receivers_[delivery->endpoint];
  latest_ = at;
  delivery->in_flight = false;
  delivery->judged_before_schedule = delivery->told_before_schedule;
  --receiver.in_flight;
  if (verdict.disable_endpoint && receiver.active) receiver.wants_no_more = true;
  if (verdict.disable_endpoint) receiver.gone = true;
  if (verdict.hold_endpoint) {
    const Timestamp until = at + *verdict.hold_endpoint;
    receiver.hold_until = std::max(receiver.hold_until.value_or(until), until);
  }
  if (verdict.delivered) {
    receiver.failures_in_row = 0;
    receiver.probe_not_before.reset();
    receiver.failing_since.reset();
    return;
  }
  ++receiver.failures_in_row;
  if (!receiver.failing_since) receiver.failing_since = at;
  if (receiver.probe_not_before) {
    if (delivery->started_at >= *receiver.probe_not_before) plan_probe(receiver, at);
  } else if (receiver.failures_in_row >= Breaker::kFailuresToOpen) {
    receiver.probes = 0;
    plan_probe(receiver, at);
  }
}

void PromiseChecker::holds(const Memory& memory) {
  if (breaches_.size() >= kBreachesKept) return;
  if (memory.lane_entries_max > limits::kLaneWindowMax) {
    breaches_.push_back("a lane holds " + std::to_string(memory.lane_entries_max) + " deliveries");
  }
  if (memory.bytes > memory.bytes_allowed) {
    breaches_.push_back("lanes hold " + std::to_string(memory.bytes) + " bytes of " +
                        std::to_string(memory.bytes_allowed) + " allowed");
  }
}

void PromiseChecker::finished() {
  for (const auto& [id, delivery] : deliveries_) {
    if (!is_settled(delivery.state)) {
      const Receiver& receiver = receivers_[delivery.endpoint];
      breach(id,
             "never settled; " + std::to_string(delivery.recorded) + " attempts recorded, " +
                 (delivery.in_flight ? "one under way, " : "") + "endpoint " +
                 std::to_string(delivery.endpoint.value) +
                 (receiver.deleted  ? " deleted"
                  : receiver.active ? ""
                                    : " not active"));
    }
  }
}

}  // namespace returnflows::sim

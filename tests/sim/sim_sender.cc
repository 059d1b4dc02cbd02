#include "tests/sim/sim_sender.h"

#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/delivery/verdict.h"

namespace returnflows::sim {

// FNV-1a over what identifies a request.
void Network::note(const OutgoingRequest& request) {
  ++requests;
  for (const std::int64_t part : {request.delivery.value,
                                  std::int64_t{request.attempt_number},
                                  std::int64_t{request.started_at.time_since_epoch().count()}}) {
    fingerprint = (fingerprint ^ static_cast<std::uint64_t>(part)) * 1'099'511'628'211ULL;
  }
}

void SimSender::send(OutgoingRequest request) {
  const Timestamp now = parts_.timeline.now();
  const DeliveryId delivery = request.delivery;
  parts_.network.note(request);
  parts_.network.first_tries.started(delivery, now);
  parts_.checker.started(delivery, request.attempt_number, now);
  const auto endpoint = parts_.catalog.find(endpoint_);  // Null: deleted a moment ago.
  const auto timeout = endpoint ? endpoint->attempt_timeout : limits::kAttemptTimeoutDefault;
  auto [attempt, after] = parts_.network.receivers.at(endpoint_).answer(request, now, timeout);
  const bool is_new =
      under_way_
          .emplace(delivery,
                   UnderWay{.request = std::move(request),
                            .attempt = std::move(attempt),
                            .success = endpoint ? endpoint->success : SuccessRule::kOnly200})
          .second;
  RF_CHECK(is_new);
  if (after == std::chrono::milliseconds::zero()) return finish(delivery);
  parts_.timeline.plan_in(after, [this, delivery, alive = std::weak_ptr(alive_)] {
    if (!alive.expired() && under_way_.contains(delivery)) finish(delivery);
  });
}

void SimSender::finish(DeliveryId delivery) {
  UnderWay done = std::move(under_way_.extract(delivery).mapped());
  const Timestamp now = parts_.timeline.now();
  const bool taken =
      done.attempt.result == AttemptResult::kAnswered && done.attempt.status / 100 == 2;
  if (taken) parts_.checker.arrived(delivery);
  parts_.checker.ended(delivery, classify(done.attempt, done.success, now), now);
  listener_.request_finished(delivery, std::move(done.attempt), std::move(done.request.bytes));
}

void SimSender::abort() {
  for (const auto& [delivery, request] : std::exchange(under_way_, {})) {
    listener_.request_abandoned(delivery);
  }
}

}  // namespace returnflows::sim

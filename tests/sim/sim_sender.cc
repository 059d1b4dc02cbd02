#include "tests/sim/sim_sender.h"

#include <charconv>
#include <string>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/delivery/verdict.h"

namespace returnflows::sim {
namespace {

// What the receiver meant by its answer, in the words of the promises to it. Written anew instead
// of calling classify(), so that a mistake there shows.
Verdict meant_by(const Attempt& attempt, SuccessRule success) {
  Verdict verdict;
  if (attempt.result != AttemptResult::kAnswered) return verdict;
  const bool any_2xx = attempt.status >= 200 && attempt.status < 300;
  verdict.delivered = success == SuccessRule::kOnly200 ? attempt.status == 200 : any_2xx;
  verdict.disable_endpoint = attempt.status == 410;
  std::int64_t pause = 0;
  const std::string& asked = attempt.retry_after;
  std::from_chars(asked.data(), asked.data() + asked.size(), pause);
  if (pause > 0) verdict.hold_endpoint = std::chrono::seconds{pause};
  return verdict;
}

}  // namespace

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
  const Verdict meant = meant_by(done.attempt, done.success);
  if (meant.delivered) parts_.checker.arrived(delivery);
  parts_.checker.ended(delivery, meant, now);
  listener_.request_finished(delivery, std::move(done.attempt), std::move(done.request.bytes));
  if (parts_.network.on_answer) parts_.network.on_answer(endpoint_, delivery);
}

void SimSender::abort() {
  for (const auto& [delivery, request] : std::exchange(under_way_, {})) {
    listener_.request_abandoned(delivery);
  }
}

}  // namespace returnflows::sim

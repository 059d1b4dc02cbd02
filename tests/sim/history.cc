#include "tests/sim/history.h"

#include <algorithm>

#include "returnflows/base/limits.h"
#include "returnflows/delivery/breaker.h"

namespace returnflows::sim {
namespace {

constexpr std::size_t kViolationsKept = 20;  // Enough to see a pattern.

std::string text_of(const History::Request& request) {
  return "delivery " + std::to_string(request.delivery.value) + " to endpoint " +
         std::to_string(request.endpoint.value) + ", attempt " +
         std::to_string(request.attempt_number);
}

}  // namespace

void History::violate(std::string text) {
  if (violations_.size() < kViolationsKept) violations_.push_back(std::move(text));
}

void History::add_endpoint(EndpointRules rules) {
  EndpointFacts& facts = endpoints_[rules.id];
  facts.rules = std::move(rules);
}

void History::accepted(std::string_view event, std::string_view return_id, std::int64_t sequence) {
  events_.try_emplace(std::string(event),
                      EventFacts{.sequence = sequence, .return_id = std::string(return_id)});
}

void History::SettledSequences::add(std::int64_t sequence) {
  beyond.insert(sequence);
  while (!beyond.empty() && *beyond.begin() == all_up_to + 1) {
    beyond.erase(beyond.begin());
    ++all_up_to;
  }
}

void History::count_settled(DeliveryFacts& facts) {
  facts.settled = true;
  facts.reopened = false;
  if (std::exchange(facts.counted, true)) return;
  settled_of_return_[{facts.endpoint, facts.return_id}].add(facts.sequence);
}

void History::settled(const Settlement& settlement, Timestamp now) {
  const auto known = deliveries_.find(settlement.delivery);
  if (known == deliveries_.end()) {
    violate("delivery " + std::to_string(settlement.delivery.value) +
            " is settled without a request");
    return;
  }
  DeliveryFacts& facts = known->second;
  facts.attempts = std::max(facts.attempts, settlement.attempt_number);
  facts.next_attempt_at = settlement.next_attempt_at;
  if (settlement.state == DeliveryState::kDelivered && !facts.canceled && !facts.taken) {
    violate("delivery " + std::to_string(settlement.delivery.value) +
            " is recorded as delivered, and the endpoint never took it");
  }
  if (is_settled(settlement.state)) {
    facts.settled_at = now;
    count_settled(facts);
    return;
  }
  const auto& delays = endpoints_[facts.endpoint].rules.retry_delays;
  const auto index = static_cast<std::size_t>(settlement.attempt_number) - 1;
  if (facts.ever_retried || index >= delays.size()) return;
  if (settlement.next_attempt_at - settlement.ended_at < delays[index] * 8 / 10) {
    violate("delivery " + std::to_string(settlement.delivery.value) +
            " is to go again after attempt " + std::to_string(settlement.attempt_number) +
            " sooner than the schedule says");
  }
}

void History::retried(DeliveryId delivery) {
  const auto known = deliveries_.find(delivery);
  if (known == deliveries_.end()) return;
  known->second.reopened = true;
  known->second.ever_retried = true;
  known->second.canceled = false;
}

void History::canceled(DeliveryId delivery, const Place& place, Timestamp now) {
  DeliveryFacts& facts = deliveries_[delivery];
  facts.endpoint = place.endpoint;
  facts.return_id = place.return_id;
  facts.sequence = place.sequence;
  facts.canceled = true;
  facts.settled_at = now;
  count_settled(facts);
}

void History::sending(EndpointId endpoint, bool allowed, Timestamp now) {
  EndpointFacts& facts = endpoints_[endpoint];
  if (allowed) {
    facts.closed_since.reset();
  } else if (!facts.closed_since) {
    facts.closed_since = now;
  }
}

void History::afresh(EndpointId endpoint) {
  endpoints_[endpoint].failures_in_row = 0;
  endpoints_[endpoint].hold_until.reset();
}

History::DeliveryFacts& History::learn(const Request& request) {
  last_delivery_ = std::max(last_delivery_, request.delivery.value);
  const auto [known, is_new] = deliveries_.try_emplace(request.delivery);
  DeliveryFacts& facts = known->second;
  if (!facts.return_id.empty() && facts.sequence != 0) return facts;
  facts.endpoint = request.endpoint;
  const auto event = events_.find(std::string(request.event));
  if (event == events_.end()) {
    violate(text_of(request) + ": its event was never committed");
    return facts;
  }
  facts.sequence = event->second.sequence;
  facts.return_id = event->second.return_id;
  const EndpointFacts& endpoint = endpoints_[request.endpoint];
  if (is_new && facts.sequence == 1 && endpoint.rules.undisturbed) {
    // Later ones wait for the one before them, which is as it should be.
    delays_.push_back(std::chrono::milliseconds{0});
  }
  return facts;
}

void History::request(const Request& request, Timestamp now) {
  ++request_count_;
  const std::size_t measured = delays_.size();
  DeliveryFacts& facts = learn(request);
  if (delays_.size() > measured) delays_.back() = now - request.due_since;
  EndpointFacts& endpoint = endpoints_[request.endpoint];
  check_turn(request, facts);
  check_time(request, facts, now);
  check_pace(request, endpoint, now);
  ++endpoint.in_flight;
}

// Nothing settled goes out again, and nothing overtakes an older event of its return.
void History::check_turn(const Request& request, const DeliveryFacts& facts) {
  if (request.attempt_number != facts.attempts + 1) {
    violate(text_of(request) + ": " + std::to_string(facts.attempts) + " attempts are on record");
  }
  const EndpointRules& rules = endpoints_[request.endpoint].rules;
  if (!rules.ordered || !rules.complete || facts.ever_retried || facts.counted) return;
  const std::int64_t settled = settled_of_return_[{facts.endpoint, facts.return_id}].all_up_to;
  if (settled >= facts.sequence - 1) return;
  violate(text_of(request) + ": it is number " + std::to_string(facts.sequence) + " of " +
          facts.return_id + ", and only " + std::to_string(settled) + " before it are settled");
}

void History::check_time(const Request& request, const DeliveryFacts& facts, Timestamp now) {
  // A cancellation and a request of the same moment may have crossed.
  const bool crossed = facts.canceled && facts.settled_at == now;
  if (facts.settled && !facts.reopened && !crossed) {
    violate(text_of(request) + ": it is settled since " +
            std::to_string((now - facts.settled_at).count()) + " ms");
  }
  if (!facts.reopened && now < facts.next_attempt_at) {
    violate(text_of(request) + ": it was to wait " +
            std::to_string((facts.next_attempt_at - now).count()) + " ms longer");
  }
}

void History::check_pace(const Request& request, const EndpointFacts& endpoint, Timestamp now) {
  if (endpoint.in_flight >= limits::kInFlightPerEndpointMax) {
    violate(text_of(request) + ": " + std::to_string(endpoint.in_flight) +
            " are under way already");
  }
  if (endpoint.failures_in_row >= Breaker::kFailuresToOpen && endpoint.in_flight > 0) {
    violate(text_of(request) + ": the endpoint has failed " +
            std::to_string(endpoint.failures_in_row) + " times in a row, and " +
            std::to_string(endpoint.in_flight) + " are under way already");
  }
  if (endpoint.hold_until && now < *endpoint.hold_until) {
    violate(text_of(request) + ": Retry-After asked for " +
            std::to_string((*endpoint.hold_until - now).count()) + " ms more");
  }
  if (endpoint.closed_since && *endpoint.closed_since < now) {
    violate(text_of(request) + ": the endpoint is paused, disabled or deleted");
  }
}

void History::taken(EndpointId, DeliveryId delivery) {
  if (const auto known = deliveries_.find(delivery); known != deliveries_.end()) {
    known->second.taken = true;
  }
}

void History::ended(const Ended& end, Timestamp now) {
  EndpointFacts& facts = endpoints_[end.endpoint];
  if (facts.in_flight > 0) --facts.in_flight;
  facts.failures_in_row = end.success ? 0 : facts.failures_in_row + 1;
  if (!end.success && end.hold) {
    facts.hold_until = std::max(facts.hold_until.value_or(now), now + *end.hold);
  }
}

void History::restarted() {
  for (auto& [id, facts] : endpoints_) {
    facts.in_flight = 0;
    facts.failures_in_row = 0;
    facts.hold_until.reset();
  }
}

void History::final_state(EndpointId endpoint, DeliveryId delivery, DeliveryState state) {
  const std::string name = "delivery " + std::to_string(delivery.value) + " to endpoint " +
                           std::to_string(endpoint.value);
  if (!is_settled(state)) {
    violate(name + " is still pending at the end");
    return;
  }
  if (state != DeliveryState::kDelivered) return;
  const auto known = deliveries_.find(delivery);
  if (known == deliveries_.end() || !known->second.taken) {
    violate(name + " is recorded as delivered, and the endpoint never took it");
  }
}

std::chrono::milliseconds History::undisturbed_delay(double quantile) const {
  if (delays_.empty()) return {};
  std::vector<std::chrono::milliseconds> sorted = delays_;
  std::ranges::sort(sorted);
  const auto index = static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1));
  return sorted[index];
}

}  // namespace returnflows::sim

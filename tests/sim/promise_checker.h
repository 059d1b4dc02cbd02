#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/delivery/verdict.h"
#include "returnflows/store/transition.h"

namespace returnflows::sim {

// Watches a history, from outside: what was committed, what was told to the lanes, what went out
// and how it was answered. Says where the history breaks a promise of the product. Knows the
// promises, not how they are kept: it shares no state with what it watches.
//
// What was committed counts from the commit, but for what people decide (cancel, retry, delete,
// pause): that binds the lanes from told() on. Thread: one.
class PromiseChecker {
 public:
  // --- What is committed ---

  struct NewDelivery {
    DeliveryId id;
    EndpointId endpoint;
    std::int64_t return_number = 0;
    bool ordered = true;
  };

  void created(const NewDelivery& delivery);
  // A SettleAttempt was committed and left the delivery in `state`.
  void recorded(const SettleAttempt& settled, DeliveryState state);
  void canceled(DeliveryId id);
  void retried(DeliveryId id);
  // Settled, and nobody will retry it any more: an attempt of it would be a breach.
  void forgotten(DeliveryId id);

  void endpoint_committed(const EndpointChange& change) { untold_changes_.push_back(change); }

  // --- What the lanes know ---

  // All that was committed has been told to the lanes.
  void told();
  // The process has ended, whatever it held in memory is gone. The next one reads the store.
  void process_ended();

  // --- What goes out ---

  void started(DeliveryId id, int number, Timestamp at);
  // The receiver has got it, and would say that it has.
  void arrived(DeliveryId id);
  // The answer, as the lane gets it. `verdict` is what its receiver meant, not what classify()
  // makes of it: that is watched too.
  void ended(DeliveryId id, const Verdict& verdict, Timestamp at);

  // --- What is in memory ---

  struct Memory {
    std::size_t lane_entries_max = 0;  // Of the lane that holds most.
    std::size_t bytes = 0;             // Over all lanes, with answers of loads on their way.
    std::size_t bytes_allowed = 0;
  };

  void holds(const Memory& memory);

  // The end: everything healthy has been given all the time it needs.
  void finished();

  // In words, the first ones; empty when all promises were kept.
  const std::vector<std::string>& breaches() const { return breaches_; }

  std::size_t pending() const { return pending_; }

 private:
  struct Delivery {
    EndpointId endpoint;
    std::int64_t return_number = 0;
    bool ordered = true;
    DeliveryState state = DeliveryState::kReady;
    bool cancel_told = false;
    bool reopened = false;  // By `retry`: has lost its place among its return's events.
    bool arrived = false;
    bool in_flight = false;
    int recorded = 0;
    int recorded_before_schedule = 0;
    // As the lanes know it; and as they knew it when they judged the last attempt.
    int told_before_schedule = 0;
    int judged_before_schedule = 0;
    Timestamp started_at{};
    std::optional<Timestamp> not_before;
  };

  struct Receiver {
    std::optional<std::vector<std::chrono::seconds>> delays;  // Not set before it was told.
    std::string url;
    bool active = true;
    bool gone = false;           // It has answered 410.
    bool wants_no_more = false;  // Has answered 410 to the process that lives.
    std::optional<Timestamp> failing_since;
    bool deleted = false;
    std::size_t in_flight = 0;
    int failures_in_row = 0;
    std::optional<Timestamp> hold_until;
    std::optional<Timestamp> probe_not_before;  // Set while its breaker must be open.
    std::size_t probes = 0;
  };

  using Key = std::pair<EndpointId, std::int64_t>;

  void breach(DeliveryId id, const std::string& what);
  Delivery* find(DeliveryId id);
  void settle(DeliveryId id, Delivery& delivery, DeliveryState state);
  void reopen(DeliveryId id, Delivery& delivery);
  void check_turn(DeliveryId id, const Delivery& delivery);
  void check_endpoint(DeliveryId id, const Receiver& receiver, Timestamp at);
  void plan_probe(Receiver& receiver, Timestamp at);
  void check_exhausted(DeliveryId id, const Delivery& delivery);
  void check_disabled(EndpointId id, const Receiver& receiver);
  void tell(const EndpointChange& change);

  std::unordered_map<DeliveryId, Delivery> deliveries_;
  std::map<Key, std::set<DeliveryId>> open_;  // Unsettled ones of ordered endpoints.
  std::map<EndpointId, Receiver> receivers_;
  Timestamp latest_{};  // Of what went out and was answered.
  std::vector<EndpointChange> untold_changes_;
  std::vector<DeliveryId> untold_cancels_;
  std::vector<DeliveryId> untold_retries_;
  std::size_t pending_ = 0;
  std::vector<std::string> breaches_;
};

}  // namespace returnflows::sim

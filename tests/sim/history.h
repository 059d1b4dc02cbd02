#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/ids.h"
#include "returnflows/delivery/delivery.h"

namespace returnflows::sim {

// What the promises (design §1, §7) say about the requests that endpoints see, checked as they
// come. Told of every commit and of every request; knows nothing of how either came about.
//
// Each broken promise becomes one line of violations(). Thread: one.
class History {
 public:
  struct EndpointRules {
    EndpointId id;
    bool ordered = true;
    // Subscribed to everything since before the first event: then its sequences have no gaps.
    bool complete = true;
    // Never fails, never changes: its delay is measured.
    bool undisturbed = false;
    std::vector<std::chrono::seconds> retry_delays;
  };

  // --- Commits, in their order ---

  void add_endpoint(EndpointRules rules);
  void accepted(std::string_view event, std::string_view return_id, std::int64_t sequence);

  struct Settlement {
    DeliveryId delivery;
    DeliveryState state{};
    Timestamp next_attempt_at{};  // While it waits.
    Timestamp ended_at{};         // The attempt that is recorded.
    int attempt_number = 1;
  };

  void settled(const Settlement& settlement, Timestamp now);
  void retried(DeliveryId delivery);

  // `place` says which event it was, when that is not known from a request.
  struct Place {
    EndpointId endpoint;
    std::string return_id;
    std::int64_t sequence = 0;
  };

  void canceled(DeliveryId delivery, const Place& place, Timestamp now);
  // From `now` on nothing may go out to it; nullopt-like pair: sending(true) takes that back.
  void sending(EndpointId endpoint, bool allowed, Timestamp now);
  // A person has resumed it or changed its URL: what was known of its failures is void.
  void afresh(EndpointId endpoint);

  // --- Requests ---

  struct Request {
    EndpointId endpoint;
    DeliveryId delivery;
    std::string_view event;
    int attempt_number = 1;
    Timestamp due_since{};  // When the event was committed.
  };

  void request(const Request& request, Timestamp now);
  // The receiver took it, whether the server will ever know or not.
  void taken(EndpointId endpoint, DeliveryId delivery);

  // The server knows how it ended. `hold` is an accepted Retry-After.
  struct Ended {
    EndpointId endpoint;
    bool success = false;
    std::optional<std::chrono::seconds> hold;
  };

  void ended(const Ended& end, Timestamp now);
  // The process died: its requests under way are gone, and what it knew by heart.
  void restarted();

  // --- At the end ---

  // The store shows `delivery` in this state after everything has been given time.
  void final_state(EndpointId endpoint, DeliveryId delivery, DeliveryState state);

  const std::vector<std::string>& violations() const { return violations_; }

  std::size_t requests() const { return request_count_; }

  std::size_t deliveries() const { return deliveries_.size(); }

  std::int64_t last_delivery() const { return last_delivery_; }

  // How long the first events of returns waited at undisturbed endpoints; 0 without any.
  std::chrono::milliseconds undisturbed_delay(double quantile) const;

 private:
  struct EventFacts {
    std::int64_t sequence = 0;
    std::string return_id;
  };

  struct DeliveryFacts {
    EndpointId endpoint;
    std::int64_t sequence = 0;
    int attempts = 0;
    bool settled = false;
    bool canceled = false;
    bool counted = false;   // Among the settled ones of its return.
    bool reopened = false;  // People have retried it since it was settled, or hurried it.
    bool ever_retried = false;
    bool taken = false;
    Timestamp settled_at{};
    Timestamp next_attempt_at{};
    std::string return_id;
  };

  // Which events of one return an endpoint is owed no more. People may cancel later ones first.
  struct SettledSequences {
    std::int64_t all_up_to = 0;
    std::set<std::int64_t> beyond;

    void add(std::int64_t sequence);
  };

  struct EndpointFacts {
    EndpointRules rules;
    std::size_t in_flight = 0;
    int failures_in_row = 0;
    std::optional<Timestamp> hold_until;
    std::optional<Timestamp> closed_since;
  };

  DeliveryFacts& learn(const Request& request);
  void check_turn(const Request& request, const DeliveryFacts& facts);
  void check_time(const Request& request, const DeliveryFacts& facts, Timestamp now);
  void check_pace(const Request& request, const EndpointFacts& endpoint, Timestamp now);
  void count_settled(DeliveryFacts& facts);
  void violate(std::string text);

  std::unordered_map<std::string, EventFacts> events_;
  std::unordered_map<DeliveryId, DeliveryFacts> deliveries_;
  std::map<EndpointId, EndpointFacts> endpoints_;
  std::map<std::pair<EndpointId, std::string>, SettledSequences> settled_of_return_;
  std::vector<std::chrono::milliseconds> delays_;
  std::vector<std::string> violations_;
  std::size_t request_count_ = 0;
  std::int64_t last_delivery_ = 0;
};

}  // namespace returnflows::sim

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/ids.h"
#include "returnflows/base/limits.h"
#include "returnflows/events/event_type.h"

namespace returnflows {

// Whether an endpoint gets requests. Numbers are stored.
enum class EndpointState : std::uint8_t {
  kActive = 0,    // In: created, resumed. Out: paused by people, disabled by the server.
  kPaused = 1,    // In: `pause`. Events go on being recorded. Out: `resume`.
  kDisabled = 2,  // In: 410 Gone, or failing for days. Out: `resume`.
};

// Which answers count as delivered (design §7). Numbers are stored.
enum class SuccessRule : std::uint8_t { kOnly200 = 0, kAny2xx = 1 };

// Whether events of one return wait for one another. Numbers are stored.
enum class Ordering : std::uint8_t { kPerReturn = 0, kNone = 1 };

// The delays between attempts; attempt n+1 follows attempt n after delays[n-1], give or take 20 %.
// When the list is used up the delivery is exhausted. Source: design §7.
std::vector<std::chrono::seconds> default_retry_delays();

// A secret as it rests on disk: sealed by SecretBox, with the endpoint's row number bound to it.
struct SealedSecret {
  std::string bytes;

  bool empty() const { return bytes.empty(); }
};

// A destination of one merchant: URL, secret, subscribed types and the rules of sending to it.
// A value: changing one means to commit a new one with the next `version`.
struct Endpoint {
  EndpointId id;
  MerchantId merchant;
  std::string url;  // Exactly as given: path and query are sent byte for byte.
  std::string description;
  EventTypeSet event_types;
  // True when the merchant said "*" or nothing: types that are added later count too.
  bool all_event_types = true;
  EndpointState state = EndpointState::kActive;
  std::string disabled_reason;  // A sentence for people; empty unless kDisabled.
  SuccessRule success = SuccessRule::kOnly200;
  Ordering ordering = Ordering::kPerReturn;
  std::vector<std::chrono::seconds> retry_delays = default_retry_delays();
  std::chrono::milliseconds attempt_timeout = limits::kAttemptTimeoutDefault;
  std::string api_version;  // Pinned when the endpoint is created.
  SealedSecret secret;
  // Still signed with until `previous_secret_until`, while a secret is being rotated.
  SealedSecret previous_secret;
  Timestamp previous_secret_until{};
  std::int64_t version = 1;
  Timestamp created_at{};
  Timestamp updated_at{};
  // Since when it has failed without one success, as far as that is remembered. No setting: kept
  // by the store alone, from delivery/failing_streak.h.
  std::optional<Timestamp> failing_since = std::nullopt;
};

// True when what is known about how the receiver copes is out of date with `after`: a person has
// resumed the endpoint, or has changed its URL.
bool starts_afresh(const Endpoint& before, const Endpoint& after);

// True when events of `type` go to `endpoint`.
bool is_subscribed(const Endpoint& endpoint, EventType type);

// "active", "paused", "disabled": the words of the API. The find_ functions give nullopt for
// anything else.
std::string_view endpoint_state_name(EndpointState state);
std::string_view success_rule_name(SuccessRule rule);  // "200", "any_2xx"
std::optional<SuccessRule> find_success_rule(std::string_view name);
std::string_view ordering_name(Ordering ordering);  // "per_return", "none"
std::optional<Ordering> find_ordering(std::string_view name);

}  // namespace returnflows

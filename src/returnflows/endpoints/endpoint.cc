#include "returnflows/endpoints/endpoint.h"

namespace returnflows {

std::vector<std::chrono::seconds> default_retry_delays() {
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  return {seconds{5},
          seconds{30},
          minutes{2},
          minutes{10},
          minutes{30},
          hours{1},
          hours{2},
          hours{4},
          hours{8},
          hours{12},
          hours{20},
          hours{24}};
}

bool is_subscribed(const Endpoint& endpoint, EventType type) {
  return endpoint.all_event_types || endpoint.event_types.test(index_of(type));
}

std::string_view endpoint_state_name(EndpointState state) {
  switch (state) {
    case EndpointState::kActive:
      return "active";
    case EndpointState::kPaused:
      return "paused";
    case EndpointState::kDisabled:
      return "disabled";
  }
  return "active";
}

bool starts_afresh(const Endpoint& before, const Endpoint& after) {
  const bool resumed =
      before.state != EndpointState::kActive && after.state == EndpointState::kActive;
  return resumed || before.url != after.url;
}

std::string_view success_rule_name(SuccessRule rule) {
  return rule == SuccessRule::kAny2xx ? "any_2xx" : "200";
}

std::optional<SuccessRule> find_success_rule(std::string_view name) {
  if (name == "200") return SuccessRule::kOnly200;
  if (name == "any_2xx") return SuccessRule::kAny2xx;
  return std::nullopt;
}

std::string_view ordering_name(Ordering ordering) {
  return ordering == Ordering::kNone ? "none" : "per_return";
}

std::optional<Ordering> find_ordering(std::string_view name) {
  if (name == "per_return") return Ordering::kPerReturn;
  if (name == "none") return Ordering::kNone;
  return std::nullopt;
}

}  // namespace returnflows

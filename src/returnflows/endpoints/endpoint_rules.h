#pragma once

#include <chrono>

#include "returnflows/base/clock.h"
#include "returnflows/base/result.h"
#include "returnflows/endpoints/egress_policy.h"
#include "returnflows/endpoints/endpoint.h"

namespace returnflows {

// A shorter delay would be a flood, not a retry; a longer one outlives what anybody waits for, and
// the events' retention.
inline constexpr std::chrono::seconds kRetryDelayMin{1};
inline constexpr std::chrono::days kRetryDelayMax{7};

// How long the old secret goes on signing after a rotation: long enough to deploy a receiver,
// bounded because a secret is mostly rotated when it may have leaked.
inline constexpr std::chrono::hours kSecretOverlapDefault{24};
inline constexpr std::chrono::days kSecretOverlapMax{7};

// Checks the values of an endpoint that a merchant may set; the secret is sealed by then and has
// been checked by check_secret(). All wrong fields are reported at once.
//
// Errors: kInvalidInput with one FieldError per wrong field: "/url", "/description",
//         "/event_types", "/retry_delays", "/retry_delays/<index>", "/attempt_timeout_ms".
// Thread: any. Source: base/limits.h; design §7.
Status check_endpoint(const Endpoint& endpoint, const EgressPolicy& policy);

// The endpoint with `new_secret` in force from `now` on, the next version, and the secret so far
// signing beside it for `overlap`. An overlap of zero ends the old secret at once. A rotation that
// was still under way is cut short: only two secrets sign. Pure.
Endpoint rotate_secret(Endpoint endpoint,
                       SealedSecret new_secret,
                       Timestamp now,
                       std::chrono::seconds overlap);

// True when requests sent at `now` carry a signature by the previous secret too.
bool signs_with_previous_secret(const Endpoint& endpoint, Timestamp now);

}  // namespace returnflows

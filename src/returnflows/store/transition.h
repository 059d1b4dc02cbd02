#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "returnflows/base/ids.h"
#include "returnflows/delivery/attempt.h"
#include "returnflows/delivery/delivery.h"
#include "returnflows/delivery/failing_streak.h"
#include "returnflows/endpoints/endpoint.h"
#include "returnflows/events/published_event.h"
#include "returnflows/store/records.h"

// Everything that can be written, as values. One transition is atomic; the journal commits many at
// once and answers each only when the commit is durable. `Outcome` is what its submitter gets.
namespace returnflows {

// The first 16 bytes of a SHA-256: enough to tell two contents apart.
using Fingerprint = std::array<std::uint8_t, 16>;

// Makes a POST repeatable for limits::kIdempotencyKept: the same key with the same content gets
// the first answer again; with other content the transition fails with kUnprocessable.
struct IdempotencyClaim {
  Fingerprint key{};      // Of merchant, path and the Idempotency-Key.
  Fingerprint content{};  // Of the request body.
  std::string response;   // What to answer again; sealed where it holds a secret.
};

// Accepts events with their deliveries to every subscribed endpoint of the merchant, all or none.
// Within a merchant, an event whose `client_id` is known already is not accepted again: same
// content, the first one is answered; other content, kUnprocessable.
struct AcceptEvents {
  struct Item {
    PublishedEvent event;
    Fingerprint content{};  // Of type, data and occurred_at, for client ids.
  };

  struct Accepted {
    EventId id;
    std::string public_id;
    EventType type{};
    std::string return_id;
    std::int64_t sequence = 0;
    std::int64_t revision = 1;
    Timestamp created_at{};
    bool duplicate = false;  // Known already: nothing was written.
  };

  using Outcome = std::vector<Accepted>;  // In the order of `items`.

  MerchantId merchant;
  std::vector<Item> items;
  std::optional<IdempotencyClaim> idempotency;  // `response` unused: the answer is the outcome.
  // "Send test": to this endpoint only, marked environment "test", whatever it subscribes to.
  std::optional<EndpointId> test_endpoint;
};

// Records an attempt and what follows from it, and releases the next event of the same return.
struct SettleAttempt {
  using Outcome = DeliveryState;  // The state it is in now.

  DeliveryId delivery;
  Attempt attempt;
  std::string sentence;
  DeliveryState next_state{};   // kDelivered, kWaiting or kExhausted.
  Timestamp next_attempt_at{};  // When kWaiting.
  // Written with it when it is there; see Endpoint::failing_since.
  std::optional<FailingMark> failing_mark = std::nullopt;
};

// `retry`: makes a delivery due at once. Settled ones start a new retry schedule; pending ones
// keep theirs. Errors: kNotFound; kConflict while it is held behind an older event of its return.
struct RetryDelivery {
  using Outcome = DeliveryState;
  MerchantId merchant;
  DeliveryId delivery;
};

// `cancel`: a pending delivery is never sent again. Errors: kNotFound; kConflict when settled.
struct CancelDelivery {
  using Outcome = DeliveryState;
  MerchantId merchant;
  DeliveryId delivery;
};

// What a creating transition answers: nothing new, or the remembered response of the first call.
struct Created {
  std::optional<std::string> replayed_response;
};

// Adds an endpoint; its id comes from Store::reserve_id(). Errors: kConflict when the merchant has
// limits::kEndpointsPerMerchantMax already.
struct CreateEndpoint {
  using Outcome = Created;
  Endpoint endpoint;
  std::optional<IdempotencyClaim> idempotency;
};

// Replaces an endpoint by its next version; `failing_since` stays as the store knows it, or is
// forgotten when the endpoint starts_afresh(). Errors: kNotFound; kConflict when the stored version
// is not `endpoint.version - 1` (somebody else changed it meanwhile).
struct UpdateEndpoint {
  using Outcome = std::shared_ptr<const Endpoint>;
  Endpoint endpoint;
};

// From now on the endpoint gets no events, and is gone from lists. Its pending deliveries are
// canceled by CancelEndpointDeliveries.
struct DeleteEndpoint {
  struct Outcome {};

  MerchantId merchant;
  EndpointId endpoint;
};

// Cancels up to `count_max` pending deliveries of a deleted endpoint; repeated by the dispatcher
// until none is left, so that a backlog of millions never makes one long commit.
struct CancelEndpointDeliveries {
  struct Outcome {
    std::size_t canceled = 0;
    bool done = false;
  };

  EndpointId endpoint;
  std::size_t count_max = 1024;
};

struct CreateMerchant {
  using Outcome = Created;
  Merchant merchant;  // Errors: kConflict when the slug is taken.
  std::optional<IdempotencyClaim> idempotency;
};

struct CreateApiKey {
  using Outcome = Created;
  ApiKey key;
  std::optional<IdempotencyClaim> idempotency;
};

// Makes a key useless from the commit on; a revoked one stays so. Errors: kNotFound; kConflict for
// the last platform key that is not revoked: nobody could make another one.
struct RevokeApiKey {
  struct Outcome {};

  ApiKeyId key;
  MerchantId merchant;  // Not set: any.
};

// Forgets idempotency keys older than limits::kIdempotencyKept, a bounded number at a time.
struct ForgetIdempotencyKeys {
  struct Outcome {
    bool done = false;
  };

  Timestamp older_than{};
};

// An endpoint as it is after a commit; `endpoint` is null when it was deleted.
struct EndpointChange {
  EndpointId id;
  std::shared_ptr<const Endpoint> endpoint;
};

// What one group commit changed, for those who act on it: dispatch lanes, event streams.
struct CommitReport {
  std::vector<DueDelivery> due;  // New or released; in the order in which they became due.
  std::vector<EndpointChange> endpoints;
  // By `cancel`: lanes drop them if they have not gone out. One that became due after that, by a
  // `retry` in the same commit, is in `due` only; one that was canceled after that is in both.
  std::vector<DeliveryId> canceled;
  EventId last_event;             // The newest event of the log; not set when none was added.
  std::vector<ReturnId> returns;  // Changed ones.
  std::optional<Timestamp> first_timer = {};   // The soonest of the timers that were set.
  std::optional<Timestamp> first_payout = {};  // The soonest of the payout orders that were made.
};

}  // namespace returnflows

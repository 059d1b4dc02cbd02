#pragma once

#include <memory>
#include <optional>

#include "returnflows/base/result.h"
#include "returnflows/store/sqlite/backlog.h"
#include "returnflows/store/sqlite/catalog.h"
#include "returnflows/store/sqlite/delivery_table.h"
#include "returnflows/store/sqlite/event_table.h"
#include "returnflows/store/transition.h"

namespace returnflows::sqlite {

// What one group commit has so far.
struct Group {
  Timestamp now{};
  CommitReport report;
};

// Moves deliveries between their states and keeps their order: of each ordering key exactly the
// head (kReady or kWaiting) may go out, the others are held.
//
// The rules, for a key with something unsettled:
//  - a new delivery, or a settled one that is retried, is held;
//  - when the head is settled, whatever way, the oldest held one becomes the head, due at once;
//  - when a held one is settled, the head stays.
// A deleted endpoint releases nothing: what it is still owed is being canceled.
//
// Thread: the journal's.
class DeliveryWriter {
 public:
  struct Parts {
    DeliveryTable& deliveries;
    EventTable& events;
    Backlog& backlog;
    const CatalogSnapshot& catalog;
  };

  explicit DeliveryWriter(Parts parts) : parts_(parts) {}

  // Owes `event` to `endpoint`. `key_hash` is 0 when it needs no order.
  struct NewDelivery {
    EventId event;
    EndpointId endpoint;
    MerchantId merchant;
    EventType type{};
    std::int64_t key_hash = 0;
    const std::shared_ptr<const EventBody>& body;
  };

  Status create(const NewDelivery& delivery, Group& group);

  Result<DeliveryState> settle(const SettleAttempt& transition, Group& group);
  Result<DeliveryState> retry(const RetryDelivery& transition, Group& group);
  Result<DeliveryState> cancel(const CancelDelivery& transition, Group& group);
  Result<CancelEndpointDeliveries::Outcome> cancel_all(const CancelEndpointDeliveries& transition,
                                                       Group& group);

 private:
  Result<std::optional<DeliveryRow>> find_of(MerchantId merchant, DeliveryId delivery);
  DeliveryState state_after(const DeliveryRow& row, const SettleAttempt& transition) const;
  Status follow(const DeliveryRow& before, const DeliveryRow& after, Group& group);
  Status release_next(const DeliveryRow& head, Group& group);
  Status report_due(const DeliveryRow& row, Group& group);

  Parts parts_;
};

}  // namespace returnflows::sqlite

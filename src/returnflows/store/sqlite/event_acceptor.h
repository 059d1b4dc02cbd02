#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/events/envelope.h"
#include "returnflows/store/sqlite/catalog.h"
#include "returnflows/store/sqlite/delivery_writer.h"
#include "returnflows/store/sqlite/event_index.h"
#include "returnflows/store/sqlite/event_table.h"
#include "returnflows/store/sqlite/idempotency_table.h"
#include "returnflows/store/sqlite/keyed_hashes.h"
#include "returnflows/store/transition.h"

namespace returnflows::sqlite {

// Accepts events: recognises those that it knows, renders and writes the others, and owes each to
// the endpoints that subscribe to it. Everything is checked before anything is written, so that a
// refusal has changed nothing.
//
// Thread: the journal's.
class EventAcceptor {
 public:
  struct Parts {
    const IdCodec& ids;
    const KeyedHashes& hashes;
    const CatalogSnapshot& catalog;
    IdempotencyTable& idempotency;
    EventTable& events;
    EventIndex& index;
    DeliveryTable& deliveries;
    DeliveryWriter& writer;
  };

  explicit EventAcceptor(Parts parts) : parts_(parts) {}

  Result<AcceptEvents::Outcome> accept(const AcceptEvents& transition, Group& group);

  // Writes an event that a return made here, and owes it to whom it concerns. `event.return_id` is
  // the return's public id. The merchant must exist.
  Result<AcceptEvents::Accepted> emit(MerchantId merchant,
                                      PublishedEvent event,
                                      const Cause& cause,
                                      Group& group);

 private:
  // What is to be done with one item, decided before anything is written.
  struct Plan {
    std::optional<AcceptEvents::Accepted> known;  // Accepted by an earlier transition.
    std::optional<std::size_t> twin;              // Accepted as this earlier item.
    std::int64_t client_hash = 0;
  };

  // What all items of a transition share.
  struct Batch {
    const Merchant& merchant;
    const std::string& merchant_public_id;
    std::shared_ptr<const Endpoint> test_endpoint;
    Cause cause = {};
  };

  Result<std::optional<AcceptEvents::Outcome>> answered_before(const IdempotencyClaim& claim,
                                                               Timestamp now);
  // Errors: kUnprocessable for events of a return that is kept here: it makes its own.
  Status check_return_ids(const AcceptEvents& transition) const;
  Result<std::vector<Plan>> plan(const AcceptEvents& transition);
  Result<std::optional<AcceptEvents::Accepted>> find_known(MerchantId merchant,
                                                           const AcceptEvents::Item& item,
                                                           std::int64_t client_hash);
  Result<AcceptEvents::Accepted> write(const Batch& batch,
                                       const AcceptEvents::Item& item,
                                       std::int64_t client_hash,
                                       Group& group);
  std::shared_ptr<const EventBody> render(const Batch& batch,
                                          const PublishedEvent& event,
                                          const EventRow& row) const;
  std::span<const std::shared_ptr<const Endpoint>> endpoints_for(const Batch& batch,
                                                                 EventType type);

  const std::string& public_id_of(const Merchant& merchant);

  Parts parts_;
  std::vector<std::shared_ptr<const Endpoint>> targets_;  // Kept for its memory.
  std::unordered_map<MerchantId, std::string> merchant_public_ids_;
};

}  // namespace returnflows::sqlite

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "returnflows/base/ids.h"
#include "returnflows/store/sqlite/delivery_row.h"
#include "returnflows/store/sqlite/open_keys.h"

namespace returnflows::sqlite {

// What is not settled, counted in memory: how much each endpoint is owed, where its unsent
// deliveries lie, and which ordering keys are open. Exact, because the journal's thread is the
// only writer; rebuilt from the partial indexes when the store is opened.
//
// Memory: that of OpenKeys, and some 100 bytes for each endpoint that was owed something since.
// Thread: the journal's.
class Backlog {
 public:
  struct OfEndpoint {
    MerchantId merchant;
    std::uint64_t ready = 0;
    std::uint64_t waiting = 0;
    std::uint64_t held = 0;
    std::int64_t ready_from = 0;  // No kReady delivery has a smaller row number.

    std::uint64_t total() const { return ready + waiting + held; }
  };

  // Counts a delivery that is not settled, under its state. For a new one see also open_key().
  void add(const DeliveryRow& row);
  // Takes it off again; `row` is as it was counted.
  void remove(const DeliveryRow& row);

  // Counts the delivery for its ordering key and returns how many were owed before it.
  std::uint32_t open_key(const DeliveryRow& row);
  // Takes it off and returns how many are still owed.
  std::uint32_t close_key(const DeliveryRow& row);

  // Null when nothing is owed to it.
  const OfEndpoint* find(EndpointId endpoint) const;
  // A load has seen that the endpoint's first kReady delivery is `delivery`.
  void note_first_ready(EndpointId endpoint, std::int64_t delivery);

  // The first bucket from `bucket` on with a kReady delivery of any endpoint.
  std::optional<std::int64_t> ready_bucket_from(std::int64_t bucket) const;

  // By ascending id.
  std::vector<EndpointId> endpoints() const;

  std::size_t open_keys() const { return keys_.size(); }

 private:
  static std::uint64_t& count_of(OfEndpoint& endpoint, DeliveryState state);

  std::unordered_map<EndpointId, OfEndpoint> endpoints_;
  std::map<std::int64_t, std::uint64_t> ready_in_bucket_;
  OpenKeys keys_;
};

}  // namespace returnflows::sqlite

#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "returnflows/dispatch/activity.h"
#include "returnflows/dispatch/http_sender.h"
#include "returnflows/dispatch/lane.h"
#include "returnflows/dispatch/resolver.h"
#include "returnflows/runtime/shard.h"

namespace returnflows {

// Requests under way over all shards. Thread: any.
struct FlightCounter {
  std::size_t in_flight_max = limits::kInFlightMax;
  std::atomic<std::size_t> in_flight{0};
};

// The lanes of the endpoints that one shard owns, their resolver and their one ticker.
//
// Thread: shard-affine, but statistics().
class DispatchShard final : public LaneHost {
 public:
  // Shared by all shards; outlives them.
  struct Parts {
    const EndpointCatalog& catalog;
    const IdCodec& ids;
    const SecretBox& secrets;
    const Clock& clock;
    Random& random;
    const EgressPolicy& egress;
    Metrics& metrics;
    BlockingPool& pool;
    ByteBudget& budget;
    Activity& activity;
    FlightCounter& flights;
    asio::ssl::context& tls;
    Resolver::Source resolver_source;
    std::string user_agent;
  };

  DispatchShard(Shard& shard, const Parts& parts);

  // What one commit changed for this shard's endpoints.
  struct Batch {
    std::vector<DueDelivery> due;
    std::vector<EndpointChange> endpoints;
    std::vector<DeliveryId> canceled;

    bool empty() const { return due.empty() && endpoints.empty() && canceled.empty(); }
  };

  // Begins with the endpoints that were owed something when the store was asked. Everything that
  // was committed before that question is in its answer: batches that come earlier are ignored.
  void begin(Journal& journal, const std::vector<EndpointId>& endpoints);
  void take(Batch batch);

  // Fires the alarms that are due; the ticker calls it, and kick().
  void wake_due();

  std::optional<Timestamp> next_due() const;

  void stop();
  void abort();

  // Calls `then` once all sockets of this shard are closed. To be called after abort().
  void when_closed(Mailbox::Letter then);

  // As of the last tick. Thread: any.
  struct Statistics {
    std::size_t lanes = 0;
    std::size_t queued = 0;
  };

  Statistics statistics() const;

  bool claim_slot(bool lane_is_idle) override;
  void release_slot() override;
  void wake_at(EndpointId lane, Timestamp at) override;
  void wake_when_free(EndpointId lane) override;

 private:
  using Alarm = std::pair<Timestamp, EndpointId>;

  Lane& lane_of(EndpointId id);
  void tick();
  void second();
  void wake_waiting_for_slot();
  void tell_when_closed();

  Shard& shard_;
  const Parts& parts_;
  Resolver resolver_;
  std::optional<Lane::Parts> lane_parts_;  // Set by begin().
  std::unordered_map<EndpointId, std::unique_ptr<Lane>> lanes_;
  std::priority_queue<Alarm, std::vector<Alarm>, std::greater<>> alarms_;
  std::deque<EndpointId> waiting_for_slot_;
  bool slot_letter_posted_ = false;
  Monotonic last_second_{};
  bool stopping_ = false;
  Mailbox::Letter on_closed_;
  std::atomic<std::size_t> lane_count_{0};
  std::atomic<std::size_t> queued_count_{0};
};

}  // namespace returnflows

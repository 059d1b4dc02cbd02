#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "returnflows/dispatch/lane.h"
#include "returnflows/store/journal.h"
#include "tests/sim/sim_sender.h"
#include "tests/sim/sim_store.h"

namespace returnflows::sim {

// What outlives the processes of a simulation.
struct World {
  Timeline& timeline;
  Chance& chance;
  SimStore& store;
  PromiseChecker& checker;
  Network& network;
  const IdCodec& ids;
  const SecretBox& secrets;
  Random& random;
  Metrics& metrics;
  std::size_t in_flight_max = 0;
  std::size_t window_bytes_max = 0;
  std::size_t body_bytes_max = 0;
};

// One life of the server: the real journal and the real lanes, driven in simulated time. It stands
// in for what dispatch::DispatchShard and the shard's thread do. A commit takes a while, during
// which more queues up; what it did is told when it is over. Destroying it is `kill -9`.
//
// Thread: one.
class SimProcess final : public CommitObserver, public LaneHost, public Mailbox {
 public:
  explicit SimProcess(const World& world);
  ~SimProcess() override;

  void start();

  Journal& journal() { return journal_; }

  // To be called after each happening: begins a round of the journal when it is free.
  void poll();

  // As Dispatcher::stop() and Journal::stop(): no new attempts; those under way may end within
  // `grace`, and what was submitted until then is committed.
  void stop(std::chrono::milliseconds grace);

  // Stopped, or the disk has failed and all have been told: the process is to end.
  bool is_over() const { return (disk_failed_ || stopped_) && !round_under_way_; }

  bool round_under_way() const { return round_under_way_; }

  // The most that lanes held, since the start.
  struct Peak {
    std::size_t lane_entries = 0;
    std::size_t bytes = 0;
  };

  const Peak& peak() const { return peak_; }

  void on_commit(const CommitReport& report) override;
  void deliver(std::vector<Letter> letters) override;
  bool claim_slot(bool lane_is_idle) override;
  void release_slot() override;
  void wake_at(EndpointId lane, Timestamp at) override;
  void wake_when_free(EndpointId lane) override;

 private:
  Lane& lane_of(EndpointId id);
  void plan(Timestamp at, std::function<void()> happening);
  void begin(const std::vector<EndpointId>& endpoints);
  void end_round();
  void run_letters(std::vector<Letter> letters);
  void take(const CommitReport& report);
  void expect_first_try(const DueDelivery& due);
  void second();
  void wake_waiting_for_slot();
  void measure(std::size_t loaded_bytes);
  std::chrono::milliseconds commit_time();

  World world_;
  EgressPolicy egress_;
  ByteBudget budget_;
  Activity activity_;
  Journal journal_;
  Lane::Parts lane_parts_;
  std::map<EndpointId, std::unique_ptr<Lane>> lanes_;
  std::deque<EndpointId> waiting_for_slot_;
  std::vector<Letter> round_letters_;
  std::size_t in_flight_ = 0;
  bool begun_ = false;
  bool in_round_ = false;
  bool round_under_way_ = false;
  bool disk_failed_ = false;
  bool closed_ = false;   // Nothing is submitted any more.
  bool stopped_ = false;  // Nor is anything left to commit.
  Peak peak_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace returnflows::sim

#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "returnflows/base/random.h"
#include "returnflows/dispatch/lane.h"
#include "returnflows/store/journal.h"
#include "returnflows/store/store.h"
#include "tests/sim/history.h"
#include "tests/sim/receiver.h"
#include "tests/sim/watched_transitions.h"
#include "tests/sim/world.h"

namespace returnflows::sim {

// The receivers of all endpoints: they outlive the server's process.
using Receivers = std::map<EndpointId, std::unique_ptr<Receiver>>;

// What is outside of a process and stays when it dies.
struct Surroundings {
  World& world;
  History& history;
  Receivers& receivers;
  Random& random;
  std::filesystem::path database;
};

// One life of the server: the real store, journal and lanes, driven by the world instead of by
// threads and sockets. Destroying it is a crash: what was not committed is gone.
//
// Thread: one. The journal's answers and the lanes' alarms are happenings of the world; those of
// an ended life do nothing.
class Process final : public Mailbox, public LaneHost, public CommitObserver {
 public:
  // Opens the store, which must be there, and begins to send what it owes. `on_disk_failure` is
  // called once when a commit fails; the process is then to be ended.
  Process(const Surroundings& surroundings, std::function<void()> on_disk_failure);
  ~Process() override;

  Journal& journal() { return *journal_; }

  Store& store() { return *store_; }

  const SecretBox& secrets() const { return secrets_; }

  // The earliest time at which a lane may send; nullopt when nothing is owed that time brings.
  std::optional<Timestamp> next_due() const;

  std::size_t window_peak() const { return window_peak_; }

  std::size_t window_bytes() const { return budget_.used(); }

  void deliver(std::vector<Letter> letters) override;
  void on_commit(const CommitReport& report) override;
  bool claim_slot(bool lane_is_idle) override;
  void release_slot() override;
  void wake_at(EndpointId lane, Timestamp at) override;
  void wake_when_free(EndpointId lane) override;

 private:
  class Sender;

  struct Life {};

  // Plans `happening` for as long as this process lives.
  void plan(Timestamp time, World::Happening happening);
  void note_work();
  void take(CommitReport report);
  void begin_lanes();
  Lane& lane_of(EndpointId id);
  void second();

  Surroundings surroundings_;
  std::shared_ptr<Life> life_ = std::make_shared<Life>();
  std::unique_ptr<Store> store_;
  SecretBox secrets_;
  EgressPolicy egress_;
  Metrics metrics_;
  ByteBudget budget_;
  Activity activity_;
  std::optional<WatchedTransitions> transitions_;
  std::unique_ptr<Journal> journal_;
  std::optional<Lane::Parts> lane_parts_;
  std::map<EndpointId, std::unique_ptr<Lane>> lanes_;
  std::set<EndpointId> waiting_for_slot_;
  std::size_t in_flight_ = 0;
  std::size_t window_peak_ = 0;
  bool commit_planned_ = false;
};

}  // namespace returnflows::sim

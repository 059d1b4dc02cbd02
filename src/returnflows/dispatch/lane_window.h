#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "returnflows/base/clock.h"
#include "returnflows/base/ids.h"
#include "returnflows/dispatch/byte_budget.h"
#include "returnflows/store/records.h"
#include "returnflows/store/store.h"

namespace returnflows {

// The deliveries of one endpoint that are in memory, and what is known about those that are only
// in the store. Pure bookkeeping: no time, no I/O, no threads of its own.
//
// Which delivery may go out at all is the store's business: it reports and loads only the oldest
// unsettled event of each return. A delivery passes through here like this:
//
//   fresh ──┐                                   (by ascending id)
//           ├─▶ next() ─▶ in flight ─▶ settling ─▶ settled(): gone, or waiting again
//   waiting ┘                                   (by due time)
//
// What does not fit is dropped and loaded again later. It is never lost: it stays in the store
// until its attempt is settled, and the two marks below say that it is there.
//   ready_behind: deliveries that never were tried, with an id above `ready_cursor`. While it is
//     set, fresh arrivals are dropped too, so that they do not overtake those in the store.
//   waiting_behind: the earliest time at which one that waits only in the store may be due.
//
// Why nothing is sent twice. Commit reports, answers to SettleAttempt and loads reach a lane in
// the order in which the journal's thread did them. An id stays in the window until the answer of
// its SettleAttempt has come. So a report or load that names an id in the window was made before
// that settling was committed, and says nothing new; one that arrives after the id has gone was
// made after it, and the store does not report what is settled. The one exception, a delivery
// that people `retry` while its attempt is on the way, is told apart by its count of attempts.
//
// Thread: shard-affine.
class LaneWindow {
 public:
  explicit LaneWindow(ByteBudget& budget) : budget_(budget) {}

  ~LaneWindow();
  LaneWindow(const LaneWindow&) = delete;
  LaneWindow& operator=(const LaneWindow&) = delete;

  // After a restart: all there is rests in the store.
  void begin_in_store();

  // A commit report names `due`: new, released, or retried.
  void arrive(DueDelivery due);

  // `cancel` was committed: forgets the delivery unless it is on its way.
  void cancel(DeliveryId id);

  // The delivery to send next, marked as in flight: those that waited and are due by `now` first
  // (they are older), then fresh ones by id. nullptr when there is none. Valid until settled().
  const DueDelivery* next(Timestamp now);

  // What next() gave for `id`; never null while it is in flight or settling.
  const DueDelivery* find(DeliveryId id) const;

  // Its attempt is over, its SettleAttempt under way.
  void settling(DeliveryId id);

  // Its SettleAttempt is durable. `attempt_number` is the attempt's; `retry_at` is set when the
  // store says that it waits for another one.
  void settled(DeliveryId id, int attempt_number, std::optional<Timestamp> retry_at, Timestamp now);

  // Loads: a plan is to be asked of the store and its answer given back. One of each kind is
  // under way at a time. nullopt: nothing to load now.
  struct ReadyPlan {
    std::uint64_t generation = 0;
    DeliveryId after;
    std::size_t count_max = 0;
    std::size_t bytes_max = 0;
  };

  std::optional<ReadyPlan> plan_ready_load();
  void ready_loaded(const ReadyPlan& plan, DeliveryQueue::Loaded loaded);

  struct WaitingPlan {
    std::uint64_t generation = 0;
    Timestamp due_until{};
    std::size_t count_max = 0;
    std::size_t bytes_max = 0;
  };

  struct WaitingLoaded {
    DeliveryQueue::Loaded loaded;
    // When nothing was due by `due_until`: when the soonest one is.
    std::optional<Timestamp> next_at;
  };

  std::optional<WaitingPlan> plan_waiting_load(Timestamp now);
  void waiting_loaded(const WaitingPlan& plan, WaitingLoaded answer, Timestamp now);

  // A load has failed: it may be planned again, the caller decides when.
  void ready_load_failed();
  void waiting_load_failed(Timestamp retry_at);

  // Drops what is not on its way, down to `keep_count`, latest first: for endpoints that get
  // nothing for now.
  void shed(std::size_t keep_count);

  // For a deleted endpoint: drops what is not on its way and forgets what is in the store.
  void forget_all();

  // The earliest time at which next() or a load may give something, nullopt when never: now for
  // fresh ones and for what lies behind.
  std::optional<Timestamp> next_due(Timestamp now) const;

  // Something that next(now) would give.
  bool has_due(Timestamp now) const {
    return fresh_count_ > 0 || (!waiting_.empty() && waiting_.begin()->first <= now);
  }

  // Whether to hold only what every lane may: set while the endpoint is not to be sent to at
  // full pace.
  void hold_few(bool few) { few_ = few; }

  // Called about once a second: how many were settled since then says how much to hold.
  void note_second();

  std::size_t size() const { return entries_.size(); }

  std::size_t queued() const { return fresh_count_ + waiting_.size(); }

  std::size_t bytes() const { return bytes_; }

  bool is_ready_behind() const { return ready_behind_; }

 private:
  enum class Place : std::uint8_t { kFresh, kWaiting, kInFlight, kSettling };

  struct Entry {
    DueDelivery due;
    Place place = Place::kFresh;
    // Reported again while on its way, by a `retry`.
    std::optional<DueDelivery> again;
  };

  using Entries = std::unordered_map<DeliveryId, Entry>;

  std::size_t count_max() const;
  std::size_t room() const;
  bool may_load() const;
  std::size_t load_bytes_max() const;
  std::size_t reserve(std::size_t bytes);
  void release(std::size_t& reserved);
  void arrive_again(Entry& entry, DueDelivery due);
  Entries::iterator keep(DueDelivery due, Place place);
  void wait_for(Entry& entry, Timestamp due_at);
  void leave_waiting_behind(Timestamp due_at);
  void leave_fresh_behind(const DueDelivery& due);
  void drop(Entries::iterator entry);
  void drop_last_fresh();
  void drop_last_waiting();

  ByteBudget& budget_;
  Entries entries_;
  std::deque<DeliveryId> fresh_;  // Ascending; ids that have left it meanwhile are skipped.
  std::size_t fresh_count_ = 0;
  std::set<std::pair<Timestamp, DeliveryId>> waiting_;
  std::size_t bytes_ = 0;
  // What a delivery weighs here, as those that came last did.
  std::size_t typical_bytes_ = 2048;
  // Of the budget, for loads under way.
  std::size_t ready_reserved_ = 0;
  std::size_t waiting_reserved_ = 0;
  bool few_ = false;
  std::size_t settled_this_second_ = 0;
  std::size_t settled_per_second_ = 0;

  bool ready_behind_ = false;
  DeliveryId ready_cursor_;
  bool ready_load_under_way_ = false;
  std::optional<Timestamp> waiting_behind_at_;
  bool waiting_load_under_way_ = false;
  // Grows when the window forgets: answers to loads that were asked for before are void.
  std::uint64_t generation_ = 0;
};

}  // namespace returnflows

#include "returnflows/dispatch/dispatch_shard.h"

#include <algorithm>
#include <utility>

namespace returnflows {
namespace {

// How late a socket's deadline, a retry or a hold may be noticed: far below what people or
// receivers can tell, and ten sweeps a second cost nothing.
constexpr std::chrono::milliseconds kTick{100};

}  // namespace

DispatchShard::DispatchShard(Shard& shard, const Parts& parts)
    : shard_(shard), parts_(parts), resolver_(parts.pool, shard, parts.resolver_source) {}

void DispatchShard::begin(Journal& journal, const std::vector<EndpointId>& endpoints) {
  if (stopping_) return;
  lane_parts_.emplace(Lane::Parts{.journal = journal,
                                  .shard = shard_,
                                  .host = *this,
                                  .catalog = parts_.catalog,
                                  .ids = parts_.ids,
                                  .secrets = parts_.secrets,
                                  .clock = parts_.clock,
                                  .random = parts_.random,
                                  .egress = parts_.egress,
                                  .metrics = parts_.metrics,
                                  .budget = parts_.budget,
                                  .activity = parts_.activity,
                                  .user_agent = parts_.user_agent});
  shard_.every(kTick, [this] { tick(); });
  for (const EndpointId id : endpoints) {
    Lane& lane = lane_of(id);
    lane.begin_in_store();
    lane.pump();
  }
}

Lane& DispatchShard::lane_of(EndpointId id) {
  auto& lane = lanes_[id];
  if (!lane) {
    lane = std::make_unique<Lane>(id, *lane_parts_, [this](SendListener& listener) {
      const HttpSender::Parts parts{.executor = shard_.executor(),
                                    .resolver = resolver_,
                                    .egress = parts_.egress,
                                    .tls = parts_.tls};
      return std::make_unique<HttpSender>(parts, listener);
    });
  }
  return *lane;
}

void DispatchShard::take(Batch batch) {
  if (!lane_parts_ || stopping_) return;
  std::vector<Lane*> touched;
  for (EndpointChange& change : batch.endpoints) {
    // A deleted endpoint gets a lane even when it had none: it may be owed something.
    const bool wanted = !change.endpoint || lanes_.contains(change.id);
    if (!wanted) continue;
    Lane& lane = lane_of(change.id);
    lane.endpoint_changed(std::move(change.endpoint));
    touched.push_back(&lane);
  }
  for (DueDelivery& due : batch.due) {
    Lane& lane = lane_of(due.endpoint);
    lane.arrive(std::move(due));
    if (touched.empty() || touched.back() != &lane) touched.push_back(&lane);
  }
  if (!batch.canceled.empty()) {
    for (const auto& [id, lane] : lanes_) {
      for (const DeliveryId delivery : batch.canceled) {
        lane->cancel(delivery);
      }
    }
  }
  // Pumping a lane twice is harmless.
  for (Lane* lane : touched) {
    lane->pump();
  }
}

void DispatchShard::tick() {
  const Monotonic now = monotonic_now();
  resolver_.sweep(now);
  std::size_t queued = 0;
  for (const auto& [id, lane] : lanes_) {
    lane->sweep(now);
    queued += lane->window().queued();
  }
  queued_count_.store(queued, std::memory_order_relaxed);
  lane_count_.store(lanes_.size(), std::memory_order_relaxed);
  wake_due();
  wake_waiting_for_slot();
  if (now - last_second_ >= std::chrono::seconds{1}) {
    last_second_ = now;
    second();
  }
  tell_when_closed();
}

void DispatchShard::second() {
  for (const auto& [id, lane] : lanes_) {
    lane->note_second();
  }
  std::erase_if(lanes_, [](const auto& entry) { return entry.second->is_finished(); });
}

void DispatchShard::wake_due() {
  const Timestamp now = parts_.clock.now();
  while (!alarms_.empty() && alarms_.top().first <= now) {
    const EndpointId id = alarms_.top().second;
    alarms_.pop();
    // The lane may be gone, or have been woken by another alarm: then this one does nothing.
    if (const auto lane = lanes_.find(id); lane != lanes_.end()) lane->second->alarm();
  }
}

std::optional<Timestamp> DispatchShard::next_due() const {
  std::optional<Timestamp> soonest;
  for (const auto& [id, lane] : lanes_) {
    const std::optional<Timestamp> due = lane->next_due();
    if (due) take_sooner(soonest, *due);
  }
  return soonest;
}

void DispatchShard::stop() {
  stopping_ = true;
  for (const auto& [id, lane] : lanes_) {
    lane->stop();
  }
}

void DispatchShard::abort() {
  resolver_.abandon();
  for (const auto& [id, lane] : lanes_) {
    lane->abort();
  }
}

void DispatchShard::when_closed(Mailbox::Letter then) {
  on_closed_ = std::move(then);
  // What abort() has cut off reports in letters that are on their way to this thread.
  shard_.post([this] { tell_when_closed(); });
}

void DispatchShard::tell_when_closed() {
  if (!on_closed_) return;
  const bool closed =
      std::ranges::all_of(lanes_, [](const auto& entry) { return entry.second->sockets_closed(); });
  if (closed) std::exchange(on_closed_, nullptr)();
}

DispatchShard::Statistics DispatchShard::statistics() const {
  return {.lanes = lane_count_.load(std::memory_order_relaxed),
          .queued = queued_count_.load(std::memory_order_relaxed)};
}

bool DispatchShard::claim_slot(bool lane_is_idle) {
  FlightCounter& flights = parts_.flights;
  const std::size_t in_flight = flights.in_flight.load(std::memory_order_relaxed);
  const std::size_t most = flights.in_flight_max * (lane_is_idle ? 2 : 1);
  if (in_flight >= most) return false;
  flights.in_flight.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void DispatchShard::release_slot() {
  parts_.flights.in_flight.fetch_sub(1, std::memory_order_relaxed);
  if (waiting_for_slot_.empty() || std::exchange(slot_letter_posted_, true)) return;
  shard_.post([this] {
    slot_letter_posted_ = false;
    wake_waiting_for_slot();
  });
}

// In turn: a lane that still has work queues up behind the others.
void DispatchShard::wake_waiting_for_slot() {
  for (const EndpointId id : std::exchange(waiting_for_slot_, {})) {
    if (const auto lane = lanes_.find(id); lane != lanes_.end()) lane->second->pump();
  }
}

void DispatchShard::wake_at(EndpointId lane, Timestamp at) {
  alarms_.emplace(at, lane);
}

void DispatchShard::wake_when_free(EndpointId lane) {
  if (std::ranges::find(waiting_for_slot_, lane) == waiting_for_slot_.end()) {
    waiting_for_slot_.push_back(lane);
  }
}

}  // namespace returnflows

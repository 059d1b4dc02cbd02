#include "returnflows/dispatch/lane_window.h"

#include <algorithm>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

// What a delivery costs beside its body: entry, table node, queue slot.
constexpr std::size_t kEntryBytes = 256;
// One load of bodies: some milliseconds of the journal's thread, not more.
constexpr std::size_t kLoadBytesMax = 8UL * 1024 * 1024;
// A look into the store that is only a precaution: see leave_fresh_behind().
constexpr std::chrono::seconds kPrecautionDelay{1};

std::size_t weight_of(const DueDelivery& due) {
  return kEntryBytes + due.event->body.size();
}

// Never tried, and due since it was accepted. Reports do not say whether a delivery was released
// from behind an older event; one that was accepted and released within one commit looks the same.
bool looks_fresh(const DueDelivery& due) {
  return due.attempts_made == 0 && due.due_at <= due.created_at;
}

}  // namespace

LaneWindow::~LaneWindow() {
  budget_.remove(bytes_ + ready_reserved_ + waiting_reserved_);
}

void LaneWindow::begin_in_store() {
  ready_behind_ = true;
  waiting_behind_at_ = Timestamp{};
}

// A lane that gets rid of much may hold much: its next second of work. When memory is short, a
// dead endpoint keeps no more than its share, whatever has piled up for it.
std::size_t LaneWindow::count_max() const {
  if (few_) return limits::kLaneShareMin;
  if (!budget_.is_tight()) return limits::kLaneWindowMax;
  return std::clamp(settled_per_second_, limits::kLaneShareMin, limits::kLaneWindowMax);
}

std::size_t LaneWindow::room() const {
  std::size_t most = count_max();
  if (budget_.is_full()) {
    if (bytes_ >= limits::kLaneShareBytesMin) return 0;
    most = std::min(most, limits::kLaneShareMin);
  }
  return most - std::min(most, entries_.size());
}

// Below the low-water mark: loads are few and large.
bool LaneWindow::may_load() const {
  return queued() <= count_max() / 2 && room() > 0;
}

std::size_t LaneWindow::load_bytes_max() const {
  if (budget_.is_full()) return limits::kLaneShareBytesMin;
  return std::clamp(room() * typical_bytes_, limits::kLaneShareBytesMin, kLoadBytesMax);
}

// What a load may bring counts from the moment it is asked for: after a restart all lanes ask at
// once, before anything has come.
std::size_t LaneWindow::reserve(std::size_t bytes) {
  budget_.add(bytes);
  return bytes;
}

void LaneWindow::release(std::size_t& reserved) {
  budget_.remove(std::exchange(reserved, 0));
}

void LaneWindow::arrive(DueDelivery due) {
  if (const auto known = entries_.find(due.id); known != entries_.end()) {
    arrive_again(known->second, std::move(due));
    return;
  }
  if (looks_fresh(due)) {
    if (ready_behind_ || room() == 0) {
      leave_fresh_behind(due);
      return;
    }
    ready_cursor_ = std::max(ready_cursor_, due.id);
    const DeliveryId id = keep(std::move(due), Place::kFresh)->first;
    fresh_.push_back(id);
    ++fresh_count_;
    return;
  }
  if (room() == 0) {
    leave_waiting_behind(due.due_at);
    return;
  }
  const Timestamp due_at = due.due_at;
  wait_for(keep(std::move(due), Place::kWaiting)->second, due_at);
}

void LaneWindow::arrive_again(Entry& entry, DueDelivery due) {
  switch (entry.place) {
    case Place::kFresh:
      if (looks_fresh(due)) return;
      --fresh_count_;  // Its id in fresh_ is skipped.
      wait_for(entry, due.due_at);
      return;
    case Place::kWaiting: {
      waiting_.erase({entry.due.due_at, entry.due.id});
      entry.due.attempts_before_schedule = due.attempts_before_schedule;
      wait_for(entry, due.due_at);
      return;
    }
    case Place::kInFlight:
    case Place::kSettling:
      // The attempt on its way is the first of the new schedule.
      entry.due.attempts_before_schedule = due.attempts_before_schedule;
      entry.again = std::move(due);
      return;
  }
}

LaneWindow::Entries::iterator LaneWindow::keep(DueDelivery due, Place place) {
  const std::size_t bytes = weight_of(due);
  bytes_ += bytes;
  budget_.add(bytes);
  typical_bytes_ = (7 * typical_bytes_ + bytes) / 8;
  const DeliveryId id = due.id;
  return entries_.try_emplace(id, Entry{.due = std::move(due), .place = place, .again = {}}).first;
}

void LaneWindow::wait_for(Entry& entry, Timestamp due_at) {
  entry.place = Place::kWaiting;
  entry.due.due_at = due_at;
  waiting_.emplace(due_at, entry.due.id);
}

void LaneWindow::leave_waiting_behind(Timestamp due_at) {
  waiting_behind_at_ = std::min(waiting_behind_at_.value_or(due_at), due_at);
}

// Marks both, since it may in truth be one that was released: see looks_fresh().
void LaneWindow::leave_fresh_behind(const DueDelivery& due) {
  ready_behind_ = true;
  leave_waiting_behind(due.due_at + kPrecautionDelay);
}

void LaneWindow::drop(Entries::iterator entry) {
  const std::size_t bytes = weight_of(entry->second.due);
  bytes_ -= bytes;
  budget_.remove(bytes);
  entries_.erase(entry);
}

void LaneWindow::cancel(DeliveryId id) {
  const auto known = entries_.find(id);
  if (known == entries_.end()) return;
  switch (known->second.place) {
    case Place::kFresh:
      --fresh_count_;
      drop(known);
      return;
    case Place::kWaiting:
      waiting_.erase({known->second.due.due_at, id});
      drop(known);
      return;
    case Place::kInFlight:
    case Place::kSettling:
      known->second.again.reset();
      return;
  }
}

const DueDelivery* LaneWindow::next(Timestamp now) {
  if (!waiting_.empty() && waiting_.begin()->first <= now) {
    const DeliveryId id = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    Entry& entry = entries_.at(id);
    entry.place = Place::kInFlight;
    return &entry.due;
  }
  while (!fresh_.empty()) {
    const auto known = entries_.find(fresh_.front());
    fresh_.pop_front();
    if (known == entries_.end() || known->second.place != Place::kFresh) continue;
    --fresh_count_;
    known->second.place = Place::kInFlight;
    return &known->second.due;
  }
  return nullptr;
}

const DueDelivery* LaneWindow::find(DeliveryId id) const {
  const auto known = entries_.find(id);
  return known == entries_.end() ? nullptr : &known->second.due;
}

void LaneWindow::settling(DeliveryId id) {
  Entry& entry = entries_.at(id);
  RF_CHECK(entry.place == Place::kInFlight);
  entry.place = Place::kSettling;
}

void LaneWindow::settled(DeliveryId id,
                         int attempt_number,
                         std::optional<Timestamp> retry_at,
                         Timestamp now) {
  ++settled_this_second_;
  const auto known = entries_.find(id);
  RF_CHECK(known != entries_.end() && known->second.place == Place::kSettling);
  Entry& entry = known->second;
  // A `retry` that came after this attempt was recorded counts; one that came before it was
  // answered by this very attempt.
  if (entry.again && entry.again->attempts_made >= attempt_number) {
    DueDelivery again = *std::exchange(entry.again, std::nullopt);
    entry.due.attempts_made = again.attempts_made;
    entry.due.attempts_before_schedule = again.attempts_before_schedule;
    wait_for(entry, again.due_at);
    return;
  }
  entry.again.reset();
  const bool soon = retry_at && *retry_at - now <= limits::kRetryInMemoryMax;
  const std::size_t most = budget_.is_full() ? limits::kLaneShareMin : count_max();
  if (soon && entries_.size() <= most) {
    entry.due.attempts_made = attempt_number;
    wait_for(entry, *retry_at);
    return;
  }
  if (retry_at) leave_waiting_behind(*retry_at);
  drop(known);
}

std::optional<LaneWindow::ReadyPlan> LaneWindow::plan_ready_load() {
  if (!ready_behind_ || ready_load_under_way_) return std::nullopt;
  if (!may_load()) return std::nullopt;
  ready_load_under_way_ = true;
  ReadyPlan plan{.generation = generation_,
                 .after = ready_cursor_,
                 .count_max = room(),
                 .bytes_max = load_bytes_max()};
  ready_reserved_ = reserve(plan.bytes_max);
  return plan;
}

void LaneWindow::ready_loaded(const ReadyPlan& plan, DeliveryQueue::Loaded loaded) {
  ready_load_under_way_ = false;
  release(ready_reserved_);
  if (plan.generation != generation_) return;
  for (DueDelivery& due : loaded.deliveries) {
    if (entries_.contains(due.id)) {
      ready_cursor_ = std::max(ready_cursor_, due.id);
      continue;
    }
    // Filled up meanwhile, by what was released or by the other kind of load.
    if (entries_.size() >= limits::kLaneWindowMax) {
      ready_behind_ = true;
      return;
    }
    ready_cursor_ = std::max(ready_cursor_, due.id);
    const DeliveryId id = keep(std::move(due), Place::kFresh)->first;
    fresh_.push_back(id);
    ++fresh_count_;
  }
  ready_behind_ = loaded.more;
}

std::optional<LaneWindow::WaitingPlan> LaneWindow::plan_waiting_load(Timestamp now) {
  if (!waiting_behind_at_ || *waiting_behind_at_ > now || waiting_load_under_way_) {
    return std::nullopt;
  }
  if (!may_load()) return std::nullopt;
  waiting_load_under_way_ = true;
  waiting_behind_at_.reset();
  // What is in memory comes back too, so it is asked for on top.
  WaitingPlan plan{.generation = generation_,
                   .due_until = now + limits::kRetryInMemoryMax,
                   .count_max = entries_.size() + room(),
                   .bytes_max = bytes_ + load_bytes_max()};
  waiting_reserved_ = reserve(plan.bytes_max);
  return plan;
}

void LaneWindow::waiting_loaded(const WaitingPlan& plan, WaitingLoaded answer, Timestamp now) {
  waiting_load_under_way_ = false;
  release(waiting_reserved_);
  if (plan.generation != generation_) {
    leave_waiting_behind(now);
    return;
  }
  auto& rows = answer.loaded.deliveries;
  if (rows.empty()) {
    if (answer.next_at) leave_waiting_behind(*answer.next_at);
    return;
  }
  const Timestamp last_due_at = rows.back().due_at;
  bool progress = false;
  for (DueDelivery& due : rows) {
    if (entries_.contains(due.id)) continue;
    const Timestamp due_at = due.due_at;
    if (entries_.size() >= limits::kLaneWindowMax) {
      leave_waiting_behind(due_at);
      return;
    }
    progress = true;
    wait_for(keep(std::move(due), Place::kWaiting)->second, due_at);
  }
  if (!answer.loaded.more) {
    leave_waiting_behind(plan.due_until + std::chrono::milliseconds{1});
    return;
  }
  leave_waiting_behind(progress ? last_due_at : std::max(last_due_at, now + kPrecautionDelay));
}

void LaneWindow::ready_load_failed() {
  ready_load_under_way_ = false;
  release(ready_reserved_);
}

void LaneWindow::waiting_load_failed(Timestamp retry_at) {
  waiting_load_under_way_ = false;
  release(waiting_reserved_);
  leave_waiting_behind(retry_at);
}

void LaneWindow::drop_last_fresh() {
  const auto known = entries_.find(fresh_.back());
  fresh_.pop_back();
  if (known == entries_.end() || known->second.place != Place::kFresh) return;
  --fresh_count_;
  leave_fresh_behind(known->second.due);
  ready_cursor_ = std::min(ready_cursor_, DeliveryId{known->first.value - 1});
  drop(known);
}

void LaneWindow::drop_last_waiting() {
  const auto last = std::prev(waiting_.end());
  leave_waiting_behind(last->first);
  drop(entries_.find(last->second));
  waiting_.erase(last);
}

void LaneWindow::shed(std::size_t keep_count) {
  if (queued() <= keep_count) return;
  ++generation_;
  while (queued() > keep_count && fresh_count_ > 0) {
    drop_last_fresh();
  }
  while (queued() > keep_count) {
    drop_last_waiting();
  }
}

void LaneWindow::forget_all() {
  ++generation_;
  std::erase_if(entries_, [this](const auto& item) {
    const Entry& entry = item.second;
    if (entry.place != Place::kFresh && entry.place != Place::kWaiting) return false;
    bytes_ -= weight_of(entry.due);
    budget_.remove(weight_of(entry.due));
    return true;
  });
  fresh_.clear();
  fresh_count_ = 0;
  waiting_.clear();
  ready_behind_ = false;
  waiting_behind_at_.reset();
}

std::optional<Timestamp> LaneWindow::next_due(Timestamp now) const {
  if (fresh_count_ > 0) return now;
  std::optional<Timestamp> due;
  // While the window is too full to load, what is in it comes first.
  if (may_load()) due = ready_behind_ ? now : waiting_behind_at_;
  if (!waiting_.empty()) {
    due = std::min(due.value_or(waiting_.begin()->first), waiting_.begin()->first);
  }
  return due;
}

void LaneWindow::note_second() {
  settled_per_second_ = std::max(settled_this_second_, settled_per_second_ / 2);
  settled_this_second_ = 0;
}

}  // namespace returnflows

#include "tests/sim/sim_store.h"

#include <algorithm>
#include <charconv>

namespace returnflows::sim {
namespace {

// How long people may retry what has settled. Far beyond the longest request, so that nothing is
// forgotten under way.
constexpr std::chrono::minutes kSettledKept{15};

std::int64_t number_of(const std::string& return_id) {
  std::int64_t number = 0;
  std::from_chars(return_id.data(), return_id.data() + return_id.size(), number);
  return number;
}

}  // namespace

void SimStore::put_endpoint(Endpoint endpoint) {
  const auto stored = std::make_shared<const Endpoint>(std::move(endpoint));
  endpoints_[stored->id] = stored;
  by_merchant_[stored->merchant].push_back(stored->id);
  checker_.endpoint_committed({.id = stored->id, .endpoint = stored});
}

void SimStore::open_again() {
  failure_.reset();
  doomed_ = false;
  failed_ = false;
  report_ = {};
}

std::vector<DeliveryId> SimStore::some_pending(EndpointId endpoint) const {
  std::vector<DeliveryId> some;
  const auto known = backlogs_.find(endpoint);
  if (known == backlogs_.end()) return some;
  const auto& [ready, waiting, held, open] = known->second;
  if (!ready.empty()) some.insert(some.end(), {*ready.begin(), *ready.rbegin()});
  if (!waiting.empty()) {
    some.insert(some.end(), {waiting.begin()->second, waiting.rbegin()->second});
  }
  if (!held.empty()) some.insert(some.end(), {*held.begin(), *held.rbegin()});
  return some;
}

std::size_t SimStore::pending(EndpointId endpoint) const {
  const auto known = backlogs_.find(endpoint);
  return known == backlogs_.end() ? 0 : known->second.size();
}

std::vector<EndpointId> SimStore::endpoint_ids() const {
  std::vector<EndpointId> ids;
  for (const auto& [id, endpoint] : endpoints_) {
    if (endpoint) ids.push_back(id);
  }
  return ids;
}

// --- Transitions ---

Status SimStore::begin(Timestamp now) {
  if (failed_) return disk_error();
  now_ = now;
  if (failure_ == Failure::kAtBegin) {
    failed_ = true;
    return disk_error();
  }
  // A group that will not become durable is answered, and leaves no trace.
  doomed_ = failure_ == Failure::kAtCommit;
  return {};
}

Result<CommitReport> SimStore::commit() {
  if (doomed_) failed_ = true;
  if (failed_) return disk_error();
  ++statistics_.commits;
  forget_old();
  report_.last_event = EventId{last_event_};
  for (const EndpointChange& change : report_.endpoints) {
    checker_.endpoint_committed(change);
  }
  return std::exchange(report_, {});
}

void SimStore::forget_old() {
  while (!settled_lately_.empty()) {
    const auto row = rows_.find(settled_lately_.front());
    const bool settled = row != rows_.end() && is_settled(row->second.state);
    if (settled && row->second.settled_at + kSettledKept > now_) return;
    if (settled) {
      checker_.forgotten(row->first);
      rows_.erase(row);
    }
    settled_lately_.pop_front();
  }
}

Result<AcceptEvents::Outcome> SimStore::apply(AcceptEvents& transition) {
  AcceptEvents::Outcome outcome;
  for (const AcceptEvents::Item& item : transition.items) {
    if (doomed_) {
      outcome.emplace_back();
      continue;
    }
    const std::int64_t number = ++last_event_;
    ++statistics_.events;
    const auto event = std::make_shared<const EventBody>(EventBody{
        .id = {number},
        .public_id = "evt_" + std::to_string(number),
        .type = item.event.type,
        .created_at = now_,
        .body = item.event.data_json,
    });
    const std::int64_t return_number = number_of(item.event.return_id);
    for (const EndpointId id : by_merchant_[transition.merchant]) {
      if (const auto& endpoint = endpoints_[id]) add_delivery(*endpoint, return_number, event);
    }
    outcome.push_back({.id = event->id, .public_id = event->public_id, .return_id = {}});
  }
  return outcome;
}

void SimStore::add_delivery(const Endpoint& endpoint,
                            std::int64_t return_number,
                            const std::shared_ptr<const EventBody>& event) {
  const DeliveryId id{++last_delivery_};
  ++statistics_.deliveries;
  Row& row = rows_[id];
  row.due = {.id = id,
             .endpoint = endpoint.id,
             .created_at = now_,
             .due_at = now_,
             .attempts_made = 0,
             .attempts_before_schedule = 0,
             .event = event};
  row.return_number = return_number;
  row.ordered = endpoint.ordering == Ordering::kPerReturn;
  if (row.ordered) {
    const Backlog& backlog = backlogs_[endpoint.id];
    const auto open = backlog.open.find(return_number);
    if (open != backlog.open.end()) row.state = DeliveryState::kHeld;
  }
  index(row);
  statistics_.rows_most = std::max(statistics_.rows_most, rows_.size());
  checker_.created(
      {.id = id, .endpoint = endpoint.id, .return_number = return_number, .ordered = row.ordered});
  if (row.state == DeliveryState::kReady) report_.due.push_back(row.due);
}

void SimStore::index(const Row& row) {
  Backlog& backlog = backlogs_[row.due.endpoint];
  if (row.state == DeliveryState::kReady) backlog.ready.insert(row.due.id);
  if (row.state == DeliveryState::kWaiting) backlog.waiting.emplace(row.due.due_at, row.due.id);
  if (row.state == DeliveryState::kHeld) backlog.held.insert(row.due.id);
  if (row.ordered && !is_settled(row.state)) backlog.open[row.return_number].insert(row.due.id);
}

void SimStore::unindex(const Row& row) {
  Backlog& backlog = backlogs_[row.due.endpoint];
  backlog.ready.erase(row.due.id);
  backlog.waiting.erase({row.due.due_at, row.due.id});
  backlog.held.erase(row.due.id);
  const auto open = backlog.open.find(row.return_number);
  if (!row.ordered || open == backlog.open.end()) return;
  open->second.erase(row.due.id);
  if (open->second.empty()) backlog.open.erase(open);
}

void SimStore::move(Row& row, DeliveryState state, Timestamp due_at) {
  const Row before = row;
  unindex(row);
  row.state = state;
  row.due.due_at = due_at;
  index(row);
  if (!is_settled(state)) return;
  if (is_settled(before.state)) return;
  row.settled_at = now_;
  settled_lately_.push_back(row.due.id);
  if (before.state != DeliveryState::kHeld) release_next(before);
}

void SimStore::release_next(const Row& head) {
  if (!head.ordered || !endpoints_[head.due.endpoint]) return;
  const Backlog& backlog = backlogs_[head.due.endpoint];
  const auto open = backlog.open.find(head.return_number);
  if (open == backlog.open.end()) return;
  Row& next = rows_.at(*open->second.begin());
  if (next.state != DeliveryState::kHeld) return;
  move(next, DeliveryState::kWaiting, now_);
  report_due(next);
}

void SimStore::report_due(const Row& row) {
  std::erase(report_.canceled, row.due.id);
  report_.due.push_back(row.due);
}

Result<SettleAttempt::Outcome> SimStore::apply(SettleAttempt& transition) {
  if (doomed_) return transition.next_state;
  const auto found = rows_.find(transition.delivery);
  if (found == rows_.end()) {
    return returnflows::fail(ErrorCode::kNotFound, "there is no such delivery");
  }
  Row& row = found->second;
  ++statistics_.attempts;
  ++row.due.attempts_made;
  DeliveryState state = transition.next_state;
  if (state != DeliveryState::kDelivered) {
    const bool decided = is_settled(row.state) || row.state == DeliveryState::kHeld;
    if (decided) {
      state = row.state;
    } else if (!endpoints_[row.due.endpoint]) {
      state = DeliveryState::kCanceled;
    }
  }
  checker_.recorded(transition, state);
  if (transition.failing_mark) mark_failing(*transition.failing_mark);
  const bool waits = state == DeliveryState::kWaiting;
  move(row, state, waits ? transition.next_attempt_at : row.due.due_at);
  return state;
}

void SimStore::mark_failing(const FailingMark& mark) {
  auto& stored = endpoints_[mark.endpoint];
  if (!stored) return;
  auto marked = std::make_shared<Endpoint>(*stored);
  marked->failing_since = mark.since;
  stored = std::move(marked);
}

Result<RetryDelivery::Outcome> SimStore::apply(RetryDelivery& transition) {
  if (doomed_) return DeliveryState::kWaiting;
  const auto found = rows_.find(transition.delivery);
  if (found == rows_.end()) {
    return returnflows::fail(ErrorCode::kNotFound, "there is no such delivery");
  }
  Row& row = found->second;
  if (row.state == DeliveryState::kHeld || !endpoints_[row.due.endpoint]) {
    return returnflows::fail(ErrorCode::kConflict, "it may not be retried now");
  }
  DeliveryState state = DeliveryState::kWaiting;
  if (is_settled(row.state)) {
    row.due.attempts_before_schedule = row.due.attempts_made;
    const auto& open = backlogs_[row.due.endpoint].open;
    if (row.ordered && open.contains(row.return_number)) state = DeliveryState::kHeld;
  }
  checker_.retried(row.due.id);
  move(row, state, now_);
  if (state == DeliveryState::kWaiting) report_due(row);
  return state;
}

Result<CancelDelivery::Outcome> SimStore::apply(CancelDelivery& transition) {
  if (doomed_) return DeliveryState::kCanceled;
  const auto found = rows_.find(transition.delivery);
  if (found == rows_.end()) {
    return returnflows::fail(ErrorCode::kNotFound, "there is no such delivery");
  }
  Row& row = found->second;
  if (is_settled(row.state)) return returnflows::fail(ErrorCode::kConflict, "settled already");
  checker_.canceled(row.due.id);
  report_.canceled.push_back(row.due.id);
  move(row, DeliveryState::kCanceled, row.due.due_at);
  return row.state;
}

Result<CreateEndpoint::Outcome> SimStore::apply(CreateEndpoint& transition) {
  if (doomed_) return Created{};
  const auto stored = std::make_shared<const Endpoint>(transition.endpoint);
  endpoints_[stored->id] = stored;
  by_merchant_[stored->merchant].push_back(stored->id);
  report_.endpoints.push_back({.id = stored->id, .endpoint = stored});
  return Created{};
}

Result<UpdateEndpoint::Outcome> SimStore::apply(UpdateEndpoint& transition) {
  if (doomed_) return std::make_shared<const Endpoint>(transition.endpoint);
  auto& stored = endpoints_[transition.endpoint.id];
  if (!stored) return returnflows::fail(ErrorCode::kNotFound, "there is no such endpoint");
  if (stored->version != transition.endpoint.version - 1) {
    return returnflows::fail(ErrorCode::kConflict, "somebody else changed it");
  }
  auto next = std::make_shared<Endpoint>(transition.endpoint);
  next->failing_since = starts_afresh(*stored, *next) ? std::nullopt : stored->failing_since;
  stored = std::move(next);
  report_.endpoints.push_back({.id = stored->id, .endpoint = stored});
  return stored;
}

Result<DeleteEndpoint::Outcome> SimStore::apply(DeleteEndpoint& transition) {
  if (doomed_) return DeleteEndpoint::Outcome{};
  auto& stored = endpoints_[transition.endpoint];
  if (!stored) return returnflows::fail(ErrorCode::kNotFound, "there is no such endpoint");
  std::erase(by_merchant_[stored->merchant], stored->id);
  stored = nullptr;
  report_.endpoints.push_back({.id = transition.endpoint, .endpoint = nullptr});
  return DeleteEndpoint::Outcome{};
}

Result<CancelEndpointDeliveries::Outcome> SimStore::apply(CancelEndpointDeliveries& transition) {
  CancelEndpointDeliveries::Outcome outcome{.done = true};
  if (doomed_) return outcome;
  if (endpoints_[transition.endpoint]) {
    return returnflows::fail(ErrorCode::kConflict, "the endpoint is in use");
  }
  Backlog& backlog = backlogs_[transition.endpoint];
  while (backlog.size() > 0 && outcome.canceled < transition.count_max) {
    DeliveryId id;
    if (!backlog.held.empty()) {
      id = *backlog.held.begin();
    } else if (!backlog.ready.empty()) {
      id = *backlog.ready.begin();
    } else {
      id = backlog.waiting.begin()->second;
    }
    checker_.canceled(id);
    Row& row = rows_.at(id);
    move(row, DeliveryState::kCanceled, row.due.due_at);
    ++outcome.canceled;
  }
  outcome.done = backlog.size() == 0;
  return outcome;
}

// --- Reading ---

bool SimStore::keep(Filling& filling, DeliveryId id) {
  Loaded& loaded = filling.loaded;
  if (loaded.deliveries.size() >= filling.count_max || filling.bytes >= filling.bytes_max) {
    loaded.more = true;
    return false;
  }
  const DueDelivery& due = rows_.at(id).due;
  filling.bytes += due.event->body.size();
  loaded_bytes_ += due.event->body.size();
  loaded.deliveries.push_back(due);
  return true;
}

Result<DeliveryQueue::Loaded> SimStore::load_ready(const ReadyQuestion& question) {
  const std::set<DeliveryId>& ready = backlogs_[question.endpoint].ready;
  Filling filling{.count_max = question.count_max, .bytes_max = question.bytes_max};
  for (auto id = ready.upper_bound(question.after); id != ready.end(); ++id) {
    if (!keep(filling, *id)) break;
  }
  return std::move(filling.loaded);
}

Result<DeliveryQueue::Loaded> SimStore::load_waiting(const WaitingQuestion& question) {
  Filling filling{.count_max = question.count_max, .bytes_max = question.bytes_max};
  for (const auto& [due_at, id] : backlogs_[question.endpoint].waiting) {
    if (due_at > question.due_until || !keep(filling, id)) break;
  }
  return std::move(filling.loaded);
}

Result<std::optional<Timestamp>> SimStore::next_waiting_at(EndpointId endpoint) {
  const auto& waiting = backlogs_[endpoint].waiting;
  if (waiting.empty()) return std::nullopt;
  return waiting.begin()->first;
}

Result<std::vector<EndpointId>> SimStore::endpoints_with_pending() {
  std::vector<EndpointId> ids;
  for (const auto& [id, backlog] : backlogs_) {
    if (backlog.size() > 0) ids.push_back(id);
  }
  return ids;
}

std::shared_ptr<const Endpoint> SimStore::find(EndpointId id) const {
  const auto known = endpoints_.find(id);
  return known == endpoints_.end() ? nullptr : known->second;
}

std::vector<std::shared_ptr<const Endpoint>> SimStore::of_merchant(MerchantId merchant) const {
  std::vector<std::shared_ptr<const Endpoint>> found;
  for (const auto& endpoint : all()) {
    if (endpoint->merchant == merchant) found.push_back(endpoint);
  }
  return found;
}

std::vector<std::shared_ptr<const Endpoint>> SimStore::all() const {
  std::vector<std::shared_ptr<const Endpoint>> found;
  for (const auto& [id, endpoint] : endpoints_) {
    if (endpoint) found.push_back(endpoint);
  }
  return found;
}

}  // namespace returnflows::sim

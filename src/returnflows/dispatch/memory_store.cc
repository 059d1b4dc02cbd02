#include "returnflows/dispatch/memory_store.h"

#include <algorithm>

namespace returnflows {

void MemoryStore::put_endpoint(Endpoint endpoint) {
  const std::scoped_lock lock(mutex_);
  const EndpointId id = endpoint.id;
  endpoints_[id] = std::make_shared<const Endpoint>(std::move(endpoint));
}

DeliveryId MemoryStore::put_delivery(EndpointId endpoint, DeliveryState state, Timestamp due_at) {
  const std::scoped_lock lock(mutex_);
  const auto event = make_event({});
  add_row(endpoint, "ret-" + event->public_id, event);
  Row& row = rows_.rbegin()->second;
  row.state = state;
  row.due.due_at = due_at;
  report_.due.clear();
  return row.due.id;
}

MemoryStore::Row MemoryStore::row(DeliveryId id) const {
  const std::scoped_lock lock(mutex_);
  return rows_.at(id);
}

std::vector<MemoryStore::Row> MemoryStore::rows() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Row> all;
  for (const auto& [id, row] : rows_) {
    all.push_back(row);
  }
  return all;
}

std::size_t MemoryStore::count(DeliveryState state) const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      rows_, [state](const auto& item) { return item.second.state == state; }));
}

std::size_t MemoryStore::ready_loads() const {
  const std::scoped_lock lock(mutex_);
  return ready_loads_;
}

void MemoryStore::refuse_updates(int count) {
  const std::scoped_lock lock(mutex_);
  refused_updates_ = count;
}

Status MemoryStore::begin(Timestamp now) {
  const std::scoped_lock lock(mutex_);
  now_ = now;
  return {};
}

std::shared_ptr<const EventBody> MemoryStore::make_event(const PublishedEvent& published) {
  const std::int64_t number = ++last_event_;
  return std::make_shared<const EventBody>(
      EventBody{.id = {number},
                .public_id = published.client_id.value_or("evt_" + std::to_string(number)),
                .type = published.type,
                .created_at = now_,
                .body = published.data_json.empty() ? "{}" : published.data_json});
}

void MemoryStore::add_row(EndpointId endpoint,
                          const std::string& return_id,
                          const std::shared_ptr<const EventBody>& event) {
  const DeliveryId id{++last_delivery_};
  auto& open = open_[{endpoint, return_id}];
  Row row{.due = {.id = id,
                  .endpoint = endpoint,
                  .created_at = now_,
                  .due_at = now_,
                  .attempts_made = 0,
                  .attempts_before_schedule = 0,
                  .event = event},
          .state = open.empty() ? DeliveryState::kReady : DeliveryState::kHeld,
          .return_id = return_id,
          .attempts = {},
          .sentence = {}};
  open.insert(id);
  if (row.state == DeliveryState::kReady) report_.due.push_back(row.due);
  rows_.emplace(id, std::move(row));
}

Result<AcceptEvents::Outcome> MemoryStore::apply(AcceptEvents& transition) {
  const std::scoped_lock lock(mutex_);
  AcceptEvents::Outcome outcome;
  for (const AcceptEvents::Item& item : transition.items) {
    const auto event = make_event(item.event);
    for (const auto& [id, endpoint] : endpoints_) {
      if (endpoint) add_row(id, item.event.return_id, event);
    }
    outcome.push_back({.id = event->id,
                       .public_id = event->public_id,
                       .type = item.event.type,
                       .return_id = item.event.return_id,
                       .created_at = now_});
  }
  return outcome;
}

// Ends a row and releases the next of its return.
void MemoryStore::close(Row& row, DeliveryState state) {
  row.state = state;
  auto& open = open_[{row.due.endpoint, row.return_id}];
  const bool was_head = !open.empty() && *open.begin() == row.due.id;
  open.erase(row.due.id);
  if (!was_head || open.empty()) return;
  Row& next = rows_.at(*open.begin());
  if (next.state != DeliveryState::kHeld) return;
  next.state = DeliveryState::kWaiting;
  next.due.due_at = now_;
  report_.due.push_back(next.due);
}

void MemoryStore::mark_failing(const FailingMark& mark) {
  auto& slot = endpoints_[mark.endpoint];
  if (!slot) return;
  auto marked = std::make_shared<Endpoint>(*slot);
  marked->failing_since = mark.since;
  slot = std::move(marked);
}

Result<SettleAttempt::Outcome> MemoryStore::apply(SettleAttempt& transition) {
  const std::scoped_lock lock(mutex_);
  Row& row = rows_.at(transition.delivery);
  row.due.attempts_made = std::max(row.due.attempts_made, transition.attempt.number);
  row.attempts.push_back(transition.attempt);
  row.sentence = transition.sentence;
  if (transition.failing_mark) mark_failing(*transition.failing_mark);
  if (is_settled(row.state)) return row.state;
  if (transition.next_state == DeliveryState::kWaiting) {
    row.state = DeliveryState::kWaiting;
    row.due.due_at = transition.next_attempt_at;
  } else {
    close(row, transition.next_state);
  }
  return row.state;
}

Result<RetryDelivery::Outcome> MemoryStore::apply(RetryDelivery& transition) {
  const std::scoped_lock lock(mutex_);
  Row& row = rows_.at(transition.delivery);
  if (is_settled(row.state)) {
    row.due.attempts_before_schedule = row.due.attempts_made;
    open_[{row.due.endpoint, row.return_id}].insert(row.due.id);
  }
  row.state = DeliveryState::kWaiting;
  row.due.due_at = now_;
  std::erase(report_.canceled, row.due.id);
  report_.due.push_back(row.due);
  return row.state;
}

Result<CancelDelivery::Outcome> MemoryStore::apply(CancelDelivery& transition) {
  const std::scoped_lock lock(mutex_);
  Row& row = rows_.at(transition.delivery);
  if (is_settled(row.state)) return fail(ErrorCode::kConflict, "settled");
  close(row, DeliveryState::kCanceled);
  report_.canceled.push_back(row.due.id);
  return row.state;
}

Result<UpdateEndpoint::Outcome> MemoryStore::apply(UpdateEndpoint& transition) {
  const std::scoped_lock lock(mutex_);
  auto& slot = endpoints_[transition.endpoint.id];
  if (!slot) return fail(ErrorCode::kNotFound, "no such endpoint");
  if (refused_updates_ > 0) {
    --refused_updates_;
    return fail(ErrorCode::kConflict, "somebody else changed it");
  }
  if (slot->version != transition.endpoint.version - 1) {
    return fail(ErrorCode::kConflict, "somebody else changed it");
  }
  auto next = std::make_shared<Endpoint>(transition.endpoint);
  next->failing_since = starts_afresh(*slot, *next) ? std::nullopt : slot->failing_since;
  slot = std::move(next);
  report_.endpoints.push_back({.id = slot->id, .endpoint = slot});
  return slot;
}

Result<DeleteEndpoint::Outcome> MemoryStore::apply(DeleteEndpoint& transition) {
  const std::scoped_lock lock(mutex_);
  endpoints_[transition.endpoint] = nullptr;
  report_.endpoints.push_back({.id = transition.endpoint, .endpoint = nullptr});
  return DeleteEndpoint::Outcome{};
}

Result<CancelEndpointDeliveries::Outcome> MemoryStore::apply(CancelEndpointDeliveries& transition) {
  const std::scoped_lock lock(mutex_);
  CancelEndpointDeliveries::Outcome outcome{.done = true};
  for (auto& [id, row] : rows_) {
    if (row.due.endpoint != transition.endpoint || is_settled(row.state)) continue;
    if (outcome.canceled == transition.count_max) {
      outcome.done = false;
      break;
    }
    row.state = DeliveryState::kCanceled;
    ++outcome.canceled;
  }
  return outcome;
}

Result<CommitReport> MemoryStore::commit() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(report_, {});
}

Result<DeliveryQueue::Loaded> MemoryStore::load_ready(const ReadyQuestion& question) {
  const std::scoped_lock lock(mutex_);
  ++ready_loads_;
  Loaded loaded;
  for (auto row = rows_.upper_bound(question.after); row != rows_.end(); ++row) {
    if (row->second.due.endpoint != question.endpoint) continue;
    if (row->second.state != DeliveryState::kReady) continue;
    if (loaded.deliveries.size() == question.count_max) {
      loaded.more = true;
      break;
    }
    loaded.deliveries.push_back(row->second.due);
  }
  return loaded;
}

Result<DeliveryQueue::Loaded> MemoryStore::load_waiting(const WaitingQuestion& question) {
  const std::scoped_lock lock(mutex_);
  Loaded loaded;
  for (const auto& [id, row] : rows_) {
    if (row.due.endpoint == question.endpoint && row.state == DeliveryState::kWaiting &&
        row.due.due_at <= question.due_until) {
      loaded.deliveries.push_back(row.due);
    }
  }
  std::ranges::sort(
      loaded.deliveries, {}, [](const DueDelivery& due) { return std::pair(due.due_at, due.id); });
  loaded.more = loaded.deliveries.size() > question.count_max;
  if (loaded.more) loaded.deliveries.resize(question.count_max);
  return loaded;
}

Result<std::optional<Timestamp>> MemoryStore::next_waiting_at(EndpointId endpoint) {
  const std::scoped_lock lock(mutex_);
  std::optional<Timestamp> soonest;
  for (const auto& [id, row] : rows_) {
    if (row.due.endpoint != endpoint || row.state != DeliveryState::kWaiting) continue;
    soonest = std::min(soonest.value_or(row.due.due_at), row.due.due_at);
  }
  return soonest;
}

Result<std::vector<EndpointId>> MemoryStore::endpoints_with_pending() {
  const std::scoped_lock lock(mutex_);
  std::set<EndpointId> pending;
  for (const auto& [id, row] : rows_) {
    if (!is_settled(row.state)) pending.insert(row.due.endpoint);
  }
  return std::vector<EndpointId>(pending.begin(), pending.end());
}

std::shared_ptr<const Endpoint> MemoryStore::find(EndpointId id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = endpoints_.find(id);
  return found == endpoints_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const Endpoint>> MemoryStore::of_merchant(MerchantId) const {
  return all();
}

std::vector<std::shared_ptr<const Endpoint>> MemoryStore::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<const Endpoint>> found;
  for (const auto& [id, endpoint] : endpoints_) {
    if (endpoint) found.push_back(endpoint);
  }
  return found;
}

}  // namespace returnflows

#include "returnflows/store/sqlite/backlog.h"

#include <algorithm>

#include "returnflows/base/check.h"
#include "returnflows/store/sqlite/schema.h"

namespace returnflows::sqlite {

std::uint64_t& Backlog::count_of(OfEndpoint& endpoint, DeliveryState state) {
  RF_CHECK(!is_settled(state));
  if (state == DeliveryState::kReady) return endpoint.ready;
  return state == DeliveryState::kWaiting ? endpoint.waiting : endpoint.held;
}

void Backlog::add(const DeliveryRow& row) {
  OfEndpoint& endpoint = endpoints_[row.endpoint];
  endpoint.merchant = row.merchant;
  ++count_of(endpoint, row.state);
  if (row.state != DeliveryState::kReady) return;
  endpoint.ready_from =
      endpoint.ready == 1 ? row.id.value : std::min(endpoint.ready_from, row.id.value);
  ++ready_in_bucket_[bucket_of(row.id.value)];
}

void Backlog::remove(const DeliveryRow& row) {
  const auto at = endpoints_.find(row.endpoint);
  RF_CHECK(at != endpoints_.end());
  std::uint64_t& count = count_of(at->second, row.state);
  RF_CHECK(count > 0);
  --count;
  if (row.state != DeliveryState::kReady) return;
  const auto bucket = ready_in_bucket_.find(bucket_of(row.id.value));
  RF_CHECK(bucket != ready_in_bucket_.end());
  if (--bucket->second == 0) ready_in_bucket_.erase(bucket);
}

std::uint32_t Backlog::open_key(const DeliveryRow& row) {
  return row.key_hash == 0 ? 0 : keys_.add(row.endpoint, row.key_hash);
}

std::uint32_t Backlog::close_key(const DeliveryRow& row) {
  return row.key_hash == 0 ? 0 : keys_.remove(row.endpoint, row.key_hash);
}

const Backlog::OfEndpoint* Backlog::find(EndpointId endpoint) const {
  const auto at = endpoints_.find(endpoint);
  return at == endpoints_.end() || at->second.total() == 0 ? nullptr : &at->second;
}

void Backlog::note_first_ready(EndpointId endpoint, std::int64_t delivery) {
  const auto at = endpoints_.find(endpoint);
  if (at != endpoints_.end()) at->second.ready_from = delivery;
}

std::optional<std::int64_t> Backlog::ready_bucket_from(std::int64_t bucket) const {
  const auto at = ready_in_bucket_.lower_bound(bucket);
  if (at == ready_in_bucket_.end()) return std::nullopt;
  return at->first;
}

std::vector<EndpointId> Backlog::endpoints() const {
  std::vector<EndpointId> ids;
  ids.reserve(endpoints_.size());
  for (const auto& [id, endpoint] : endpoints_) {
    if (endpoint.total() > 0) ids.push_back(id);
  }
  std::ranges::sort(ids);
  return ids;
}

}  // namespace returnflows::sqlite

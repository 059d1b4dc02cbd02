#include "returnflows/store/contract/store_contract.h"

#include <stdexcept>

namespace returnflows::contract {
namespace {

constexpr std::size_t kMany = 1000;

// What a result holds; the test ends where it is an error.
template <class Value>
Value value_of(Result<Value> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return std::move(*result);
}

}  // namespace

void StoreContract::SetUp() {
  database_ = GetParam().create();
  reopen();
  const auto found = store_->access().find_merchant_by_slug("default");
  ASSERT_TRUE(found) << "a fresh store begins with the merchant \"default\"";
  merchant_ = found->id;
}

void StoreContract::reopen() {
  store_.reset();
  store_ = value_of(database_->open(clock_, random_));
}

void StoreContract::reopen_with_damaged_body(EventId event) {
  store_.reset();
  database_->damage_body(event);
  store_ = value_of(database_->open(clock_, random_));
}

void StoreContract::begin_group() {
  const Status begun = store_->transitions().begin(now());
  if (!begun) throw std::runtime_error(begun.error().detail);
}

void StoreContract::commit_group() {
  report_ = value_of(store_->transitions().commit());
}

std::vector<DeliveryId> StoreContract::due_ids() const {
  return ids_of(report_.due);
}

MerchantId StoreContract::add_merchant(const std::string& slug) {
  CreateMerchant transition;
  transition.merchant.id = MerchantId{store_->reserve_id()};
  transition.merchant.name = slug;
  transition.merchant.slug = slug;
  transition.merchant.created_at = now();
  const MerchantId id = transition.merchant.id;
  value_of(commit(std::move(transition)));
  return id;
}

EndpointId StoreContract::add_endpoint(Endpoint settings) {
  CreateEndpoint transition;
  transition.endpoint = std::move(settings);
  transition.endpoint.id = EndpointId{store_->reserve_id()};
  if (!transition.endpoint.merchant.is_set()) transition.endpoint.merchant = merchant_;
  transition.endpoint.created_at = now();
  const EndpointId id = transition.endpoint.id;
  value_of(commit(std::move(transition)));
  return id;
}

EndpointId StoreContract::add_endpoint_without_order() {
  Endpoint settings;
  settings.ordering = Ordering::kNone;
  return add_endpoint(std::move(settings));
}

AcceptEvents::Item StoreContract::item(const std::string& return_id, EventType type) {
  AcceptEvents::Item item;
  item.event.type = type;
  item.event.return_id = return_id;
  item.event.data_json = R"({"return":{"id":")" + return_id + R"("}})";
  return item;
}

AcceptEvents::Item StoreContract::item_with_id(const std::string& client_id, std::uint8_t content) {
  AcceptEvents::Item made = item("RET-1");
  made.event.client_id = client_id;
  made.content.fill(content);
  return made;
}

AcceptEvents::Outcome StoreContract::accept(std::vector<AcceptEvents::Item> items) {
  return value_of(commit(AcceptEvents{
      .merchant = merchant_, .items = std::move(items), .idempotency = {}, .test_endpoint = {}}));
}

AcceptEvents::Accepted StoreContract::accept_one(const std::string& return_id, EventType type) {
  return accept({item(return_id, type)}).at(0);
}

DeliveryRecord StoreContract::delivery_of(const AcceptEvents::Accepted& event,
                                          EndpointId endpoint) {
  DeliveryFilter filter;
  filter.merchant = merchant_;
  filter.event_public_id = event.public_id;
  filter.endpoint = endpoint;
  return value_of(store_->deliveries().list(filter)).rows.at(0);
}

DeliveryRecord StoreContract::delivery(DeliveryId id) {
  return value_of(store_->deliveries().find(merchant_, id)).value();
}

SettleAttempt StoreContract::attempt_of(DeliveryId id, DeliveryState next_state) {
  SettleAttempt transition;
  transition.delivery = id;
  transition.attempt.number = delivery(id).attempts_made + 1;
  transition.attempt.started_at = now();
  transition.attempt.status = next_state == DeliveryState::kDelivered ? 200 : 500;
  transition.sentence = "HTTP " + std::to_string(transition.attempt.status);
  transition.next_state = next_state;
  return transition;
}

DeliveryState StoreContract::settle(DeliveryId id, DeliveryState next_state) {
  return value_of(commit(attempt_of(id, next_state)));
}

DeliveryState StoreContract::settle_waiting(DeliveryId id, std::chrono::milliseconds delay) {
  SettleAttempt transition = attempt_of(id, DeliveryState::kWaiting);
  transition.next_attempt_at = now() + delay;
  return value_of(commit(std::move(transition)));
}

Result<DeliveryState> StoreContract::retry(DeliveryId id) {
  return commit(RetryDelivery{.merchant = merchant_, .delivery = id});
}

Result<DeliveryState> StoreContract::cancel(DeliveryId id) {
  return commit(CancelDelivery{.merchant = merchant_, .delivery = id});
}

void StoreContract::delete_endpoint(EndpointId id) {
  value_of(commit(DeleteEndpoint{.merchant = merchant_, .endpoint = id}));
}

DeliveryQueue::Loaded StoreContract::load_ready(EndpointId endpoint, DeliveryId after) {
  return value_of(store_->queue().load_ready(
      {.endpoint = endpoint, .after = after, .count_max = kMany, .bytes_max = kMany * kMany}));
}

DeliveryQueue::Loaded StoreContract::load_waiting(EndpointId endpoint, Timestamp due_until) {
  return value_of(store_->queue().load_waiting({.endpoint = endpoint,
                                                .due_until = due_until,
                                                .count_max = kMany,
                                                .bytes_max = kMany * kMany}));
}

std::vector<DeliveryId> ids_of(const std::vector<DueDelivery>& deliveries) {
  std::vector<DeliveryId> ids;
  ids.reserve(deliveries.size());
  for (const DueDelivery& due : deliveries) {
    ids.push_back(due.id);
  }
  return ids;
}

}  // namespace returnflows::contract

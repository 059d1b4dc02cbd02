#include "tests/sim/people.h"

#include <string>
#include <vector>

namespace returnflows::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes kBetweenActions{5};

std::vector<seconds> some_schedule(Chance& chance) {
  if (chance.happens(0.6)) return default_retry_delays();
  if (chance.happens(0.8)) return {seconds{5}, seconds{30}, seconds{120}};
  return {};
}

}  // namespace

Endpoint make_endpoint(const World& world, EndpointId id, MerchantId merchant, bool steady) {
  Endpoint endpoint;
  endpoint.id = id;
  endpoint.merchant = merchant;
  endpoint.url = "https://erp.example/hooks/" + std::to_string(id.value);
  endpoint.secret = world.secrets.seal(Secret("a secret of simulated people"), id);
  endpoint.created_at = world.timeline.now();
  if (steady) return endpoint;
  endpoint.retry_delays = some_schedule(world.chance);
  if (world.chance.happens(0.2)) endpoint.ordering = Ordering::kNone;
  if (world.chance.happens(0.2)) endpoint.success = SuccessRule::kAny2xx;
  return endpoint;
}

Behaviour some_behaviour(Chance& chance) {
  static const std::vector<Behaviour> all{Behaviour::kHealthy,
                                          Behaviour::kFailing,
                                          Behaviour::kFailing,
                                          Behaviour::kBlackHole,
                                          Behaviour::kLimited,
                                          Behaviour::kLimited,
                                          Behaviour::kGone,
                                          Behaviour::kNoContent,
                                          Behaviour::kFlapping,
                                          Behaviour::kFlapping,
                                          Behaviour::kSlow};
  return chance.one_of(all);
}

void People::plan_next() {
  world_.timeline.plan_in(world_.chance.wait(kBetweenActions), [this] {
    if (stopped_) return;
    if (process_() != nullptr) act();
    plan_next();
  });
}

void People::gather() {
  for (std::int64_t i = world_.chance.between(0, 30); i > 0; --i) {
    world_.timeline.plan_in(world_.chance.between(milliseconds{0}, minutes{1}), [this] {
      if (!stopped_ && process_() != nullptr) act();
    });
  }
}

// They mostly look at deliveries; endpoints come and go slowly, and about as many each way.
void People::act() {
  ++actions_;
  const std::int64_t dice = world_.chance.between(0, 99);
  if (dice < 40) return retry_some();
  if (dice < 60) return cancel_some();
  if (dice < 70) {
    return change(some_endpoint(), [](Endpoint& it) { it.state = EndpointState::kPaused; });
  }
  if (dice < 90) return resume(some_endpoint());
  if (dice < 96) return move_endpoint();
  if (dice < 98) return add_endpoint();
  delete_endpoint();
}

template <class Transition>
void People::submit(Transition transition) {
  SimProcess* process = process_();
  if (process == nullptr) return;
  // People read the answer and go on: a conflict is nothing unusual.
  process->journal().submit(
      std::move(transition), *process, [](const Result<typename Transition::Outcome>&) {});
}

EndpointId People::some_endpoint() {
  std::vector<EndpointId> theirs;
  for (const EndpointId id : world_.store.endpoint_ids()) {
    if (!world_.network.steady.contains(id)) theirs.push_back(id);
  }
  return theirs.empty() ? EndpointId{} : world_.chance.one_of(theirs);
}

void People::change(EndpointId id, const std::function<void(Endpoint&)>& how) {
  const auto endpoint = world_.store.find(id);
  if (!endpoint) return;
  Endpoint next = *endpoint;
  how(next);
  ++next.version;
  submit(UpdateEndpoint{.endpoint = std::move(next)});
}

void People::resume(EndpointId id) {
  const auto endpoint = world_.store.find(id);
  if (!endpoint || endpoint->state == EndpointState::kActive) return;
  change(id, [](Endpoint& it) { it.state = EndpointState::kActive; });
}

void People::move_endpoint() {
  const EndpointId id = some_endpoint();
  if (!id.is_set()) return;
  change(id, [](Endpoint& it) {
    it.url = "https://erp.example/hooks/" + std::to_string(it.id.value) + "/v" +
             std::to_string(it.version);
    it.state = EndpointState::kActive;
  });
  world_.network.receivers.insert_or_assign(
      id, FakeReceiver(some_behaviour(world_.chance), world_.chance));
}

void People::add_endpoint() {
  const EndpointId id{next_endpoint_++};
  const MerchantId merchant{world_.chance.between(1, static_cast<std::int64_t>(merchants_))};
  world_.network.receivers.emplace(id, FakeReceiver(some_behaviour(world_.chance), world_.chance));
  submit(CreateEndpoint{.endpoint = make_endpoint(world_, id, merchant, false), .idempotency = {}});
}

void People::delete_endpoint() {
  const EndpointId id = some_endpoint();
  if (id.is_set()) submit(DeleteEndpoint{.merchant = {}, .endpoint = id});
}

std::optional<DeliveryId> People::some_pending() {
  const auto some = world_.store.some_pending(some_endpoint());
  if (some.empty()) return std::nullopt;
  return world_.chance.one_of(some);
}

void People::answer_came(EndpointId endpoint, DeliveryId delivery) {
  if (stopped_ || world_.network.steady.contains(endpoint) || !world_.chance.happens(0.002)) return;
  ++actions_;
  submit(RetryDelivery{.merchant = {}, .delivery = delivery});
}

// Several at once, as someone does who selects a page of a list.
void People::retry_some() {
  const auto& lately = world_.store.settled_lately();
  const std::int64_t count = world_.chance.between(1, 20);
  for (std::int64_t i = 0; i < count; ++i) {
    if (world_.chance.happens(0.5) && !lately.empty()) {
      const auto last = static_cast<std::int64_t>(lately.size()) - 1;
      submit(RetryDelivery{
          .merchant = {},
          .delivery = lately[static_cast<std::size_t>(world_.chance.between(0, last))]});
    } else if (const auto pending = some_pending()) {
      submit(RetryDelivery{.merchant = {}, .delivery = *pending});
    }
  }
}

// And sometimes at once think better of it.
void People::cancel_some() {
  const std::int64_t count = world_.chance.between(1, 20);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto pending = some_pending();
    if (!pending) continue;
    submit(CancelDelivery{.merchant = {}, .delivery = *pending});
    if (world_.chance.happens(0.3)) submit(RetryDelivery{.merchant = {}, .delivery = *pending});
  }
}

}  // namespace returnflows::sim

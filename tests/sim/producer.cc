#include "tests/sim/producer.h"

#include <algorithm>

namespace returnflows::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kBetweenFew{40};
constexpr hours kBetweenBursts{2};
constexpr std::int64_t kBatch = 100;
// Of the returns that were begun last, how many still get events.
constexpr std::int64_t kReturnsOpen = 300;

}  // namespace

void Producer::start() {
  plan_few();
  plan_burst();
}

MerchantId Producer::some_merchant() {
  return {world_.chance.between(1, static_cast<std::int64_t>(merchants_))};
}

void Producer::publish_now() {
  publish(some_merchant(), 5);
}

void Producer::plan_few() {
  world_.timeline.plan_in(world_.chance.wait(kBetweenFew), [this] {
    if (stopped_) return;
    publish(some_merchant(), world_.chance.between(1, 6));
    plan_few();
  });
}

void Producer::plan_burst() {
  world_.timeline.plan_in(world_.chance.wait(kBetweenBursts), [this] {
    if (stopped_) return;
    if (on_burst) on_burst();
    const bool large = world_.chance.happens(0.1);
    burst(some_merchant(),
          large ? world_.chance.between(5'000, 12'000) : world_.chance.between(100, 3'000));
    plan_burst();
  });
}

void Producer::burst(MerchantId merchant, std::int64_t events) {
  publish(merchant, std::min(events, kBatch));
  if (events <= kBatch) return;
  world_.timeline.plan_in(world_.chance.wait(milliseconds{50}), [this, merchant, events] {
    if (!stopped_) burst(merchant, events - kBatch);
  });
}

void Producer::publish(MerchantId merchant, std::int64_t events) {
  SimProcess* process = process_();
  if (process == nullptr) return;
  AcceptEvents accept;
  accept.merchant = merchant;
  for (std::int64_t i = 0; i < events; ++i) {
    if (world_.chance.happens(0.4)) ++next_return_;
    const std::int64_t oldest = std::max<std::int64_t>(next_return_ - kReturnsOpen, 0);
    AcceptEvents::Item item;
    item.event.return_id = std::to_string(
        world_.chance.happens(0.7) ? next_return_ : world_.chance.between(oldest, next_return_));
    const auto padding = world_.chance.between(0, static_cast<std::int64_t>(world_.body_bytes_max));
    item.event.data_json.assign(static_cast<std::size_t>(padding), 'x');
    accept.items.push_back(std::move(item));
  }
  process->journal().submit(
      std::move(accept), *process, [this](const Result<AcceptEvents::Outcome>& answer) {
        if (answer) answered(*answer);
      });
}

void Producer::answered(const AcceptEvents::Outcome& accepted) {
  for (const AcceptEvents::Accepted& event : accepted) {
    ++acknowledged_;
    const auto kept = static_cast<std::int64_t>(world_.store.statistics().events);
    if (event.id.value < 1 || event.id.value > kept) ++lies_;
  }
}

}  // namespace returnflows::sim

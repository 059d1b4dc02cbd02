#include "returnflows/server/due_sources.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>

#include "returnflows/runtime/offload.h"

namespace returnflows {
namespace {

// A timer fires, its event goes out, its payout is made, and the answer closes a return: no chain
// of what one moment sets off is longer than this many sources one after the other.
constexpr int kRounds = 3;

// Whichever of two comes first ends the wait; the other finds it over.
struct FirstOf {
  explicit FirstOf(Executor executor) : timer(executor) {}

  SteadyTimer timer;
  bool over = false;
};

}  // namespace

Task<std::optional<Timestamp>> DueSources::next_due() {
  std::optional<Timestamp> soonest;
  for (DueSource* source : sources_) {
    auto ask = [this, source](std::move_only_function<void(std::optional<Timestamp>)> done) {
      source->next_due(shard_, std::move(done));
    };
    const auto due = co_await answer_of<std::optional<Timestamp>>(std::move(ask));
    if (due) take_sooner(soonest, *due);
  }
  co_return soonest;
}

void DueSources::clock_moved() {
  for (DueSource* source : sources_) {
    source->kick();
  }
}

Task<void> DueSources::quiet(DueSource& source, Monotonic deadline) {
  const auto first = std::make_shared<FirstOf>(shard_.executor());
  first->timer.expires_at(deadline);
  source.settled_quiet(shard_, [first] {
    first->over = true;
    first->timer.cancel();
  });
  boost::system::error_code ignored;  // Cancelled is as good as run out.
  if (!first->over) {
    co_await first->timer.async_wait(asio::redirect_error(use_task, ignored));
  }
}

Task<void> DueSources::quiet(std::chrono::milliseconds patience) {
  const Monotonic deadline = monotonic_now() + patience;
  for (int round = 0; round < kRounds; ++round) {
    for (DueSource* source : sources_) {
      co_await quiet(*source, deadline);
    }
  }
}

}  // namespace returnflows

#include "returnflows/api/return_waits.h"

#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>

namespace returnflows {

struct ReturnWaits::Wait::State {
  explicit State(Shard& shard) : shard(shard), timer(shard.executor()) {}

  Shard& shard;
  SteadyTimer timer;     // Shard-affine, as `changed`.
  bool changed = false;  // Since the last look.
};

ReturnWaits::Wait::Wait(ReturnWaits& waits, Shard& shard, ReturnId id)
    : waits_(waits), id_(id), state_(std::make_shared<State>(shard)) {
  waits_.waiting_.with([&](Waiting& waiting) { waiting[id_].push_back(state_); });
}

ReturnWaits::Wait::~Wait() {
  waits_.waiting_.with([&](Waiting& waiting) {
    auto& states = waiting[id_];
    std::erase(states, state_);
    if (states.empty()) waiting.erase(id_);
  });
}

Task<void> ReturnWaits::Wait::changed(std::chrono::milliseconds patience) {
  const std::shared_ptr<State> state = state_;
  if (!std::exchange(state->changed, false)) {
    state->timer.expires_after(patience);
    boost::system::error_code ignored;  // Cancelled is a change.
    co_await state->timer.async_wait(asio::redirect_error(use_task, ignored));
    state->changed = false;
  }
}

void ReturnWaits::on_commit(const CommitReport& report) {
  if (report.returns.empty()) return;
  waiting_.with([&](const Waiting& waiting) {
    if (waiting.empty()) return;
    for (const ReturnId id : report.returns) {
      const auto states = waiting.find(id);
      if (states == waiting.end()) continue;
      for (const auto& state : states->second) {
        state->shard.post([state] {
          state->changed = true;
          state->timer.cancel();
        });
      }
    }
  });
}

}  // namespace returnflows

#include "returnflows/server/dispatcher_due_work.h"

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>

#include "returnflows/runtime/offload.h"

namespace returnflows {
namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>,
                                         Executor>;

// Whichever of two comes first ends the wait; the other finds it over.
struct FirstOf {
  explicit FirstOf(Executor executor) : timer(executor) {}

  Timer timer;
  bool over = false;
};

}  // namespace

Task<std::optional<Timestamp>> DispatcherDueWork::next_due() {
  auto ask = [this](std::move_only_function<void(std::optional<Timestamp>)> done) {
    dispatcher_.next_due(shard_, std::move(done));
  };
  co_return co_await answer_of<std::optional<Timestamp>>(std::move(ask));
}

void DispatcherDueWork::clock_moved() {
  dispatcher_.kick();
}

Task<void> DispatcherDueWork::quiet(std::chrono::milliseconds patience) {
  const auto first = std::make_shared<FirstOf>(shard_.executor());
  first->timer.expires_after(patience);
  dispatcher_.settled_quiet(shard_, [first] {
    first->over = true;
    first->timer.cancel();
  });
  boost::system::error_code ignored;  // Cancelled is as good as run out.
  if (!first->over) {
    co_await first->timer.async_wait(asio::redirect_error(use_task, ignored));
  }
}

}  // namespace returnflows

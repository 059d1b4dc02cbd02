#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "returnflows/base/mailbox.h"
#include "returnflows/runtime/task.h"

namespace returnflows {

// The tasks of one owner. Every coroutine belongs to one group, so that none outlives what it uses
// and no exception vanishes: one that escapes a task ends the process with the task's name.
//
// A group does not cancel: its owner closes the sockets and channels that its tasks wait on, then
// waits for empty(). Thread: shard-affine.
class TaskGroup {
 public:
  TaskGroup() : state_(std::make_shared<State>()) {}

  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup() = default;

  // Starts `task`. `name` must be a literal: it is for the crash message.
  void spawn(const Executor& executor, std::string_view name, Task<void> task) {
    ++state_->running;
    asio::co_spawn(
        executor, std::move(task), [state = state_, name](const std::exception_ptr& error) {
          --state->running;
          if (error) report_and_abort(name, error);
          if (state->running == 0 && state->on_empty) {
            std::exchange(state->on_empty, nullptr)();
          }
        });
  }

  std::size_t running() const { return state_->running; }

  bool empty() const { return state_->running == 0; }

  // Calls `then` once, as soon as no task is running (at once when that is so now).
  void when_empty(Mailbox::Letter then) {
    if (empty()) {
      then();
      return;
    }
    state_->on_empty = std::move(then);
  }

 private:
  struct State {
    std::size_t running = 0;
    Mailbox::Letter on_empty;
  };

  [[noreturn]] static void report_and_abort(std::string_view name, const std::exception_ptr& error);

  std::shared_ptr<State> state_;
};

}  // namespace returnflows

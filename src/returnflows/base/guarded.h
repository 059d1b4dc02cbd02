#pragma once

#include <mutex>
#include <utility>

namespace returnflows {

// State that more than one thread touches: reachable only through its lock.
template <class T>
class Guarded {
 public:
  template <class... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

  // Runs `use` with the value while the lock is held and returns what it returns. `use` must not
  // block, and must not keep a reference.
  template <class Use>
  auto with(Use&& use) {
    const std::scoped_lock lock(mutex_);
    return std::forward<Use>(use)(value_);
  }

  template <class Use>
  auto with(Use&& use) const {
    const std::scoped_lock lock(mutex_);
    return std::forward<Use>(use)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_;
};

}  // namespace returnflows

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "returnflows/base/ids.h"
#include "returnflows/base/result.h"
#include "returnflows/returns/decision.h"
#include "returnflows/store/sqlite/connection.h"

namespace returnflows::sqlite {

// The timers of returns: at most one of a kind each. They rest in the store only, so that a million
// of them cost no memory. Thread: the journal's.
class TimerTable {
 public:
  static Result<TimerTable> open(Connection& connection);

  struct Due {
    ReturnId id;
    returns::Timer timer;
  };

  // Makes `wanted` all that the return has; writes only what differs.
  Status replace(ReturnId id, std::span<const returns::Timer> wanted);

  Status set(ReturnId id, const returns::Timer& timer);

  // The soonest of all; nullopt without any.
  Result<std::optional<Due>> soonest();

 private:
  TimerTable() = default;

  Statement of_return_;
  Statement set_;
  Statement erase_;
  Statement soonest_;
};

}  // namespace returnflows::sqlite

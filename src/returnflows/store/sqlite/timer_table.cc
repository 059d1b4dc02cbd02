#include "returnflows/store/sqlite/timer_table.h"

#include <algorithm>

namespace returnflows::sqlite {

Result<TimerTable> TimerTable::open(Connection& connection) {
  TimerTable table;
  RF_TRY(table.of_return_, connection.prepare("SELECT kind,due_ms FROM timers WHERE return=?1"));
  RF_TRY(table.set_,
         connection.prepare("INSERT OR REPLACE INTO timers(return,kind,due_ms) VALUES(?1,?2,?3)"));
  RF_TRY(table.erase_, connection.prepare("DELETE FROM timers WHERE return=?1 AND kind=?2"));
  RF_TRY(table.soonest_,
         connection.prepare("SELECT return,kind,due_ms FROM timers INDEXED BY timers_by_due "
                            "ORDER BY due_ms,return,kind LIMIT 1"));
  return table;
}

Status TimerTable::set(ReturnId id, const returns::Timer& timer) {
  return set_.execute(id, timer.kind, timer.due_at);
}

Status TimerTable::replace(ReturnId id, std::span<const returns::Timer> wanted) {
  std::vector<returns::Timer> present;
  {
    Run run = of_return_.start(id);
    for (;;) {
      RF_TRY(const bool row, run.next());
      if (!row) break;
      present.push_back(
          {.kind = static_cast<returns::TimerKind>(run.integer(0)), .due_at = run.time(1)});
    }
  }
  for (const returns::Timer& timer : present) {
    if (std::ranges::find(wanted, timer.kind, &returns::Timer::kind) != wanted.end()) continue;
    RF_TRY_STATUS(erase_.execute(id, timer.kind));
  }
  for (const returns::Timer& timer : wanted) {
    if (std::ranges::find(present, timer) != present.end()) continue;
    RF_TRY_STATUS(set(id, timer));
  }
  return {};
}

Result<std::optional<TimerTable::Due>> TimerTable::soonest() {
  Run run = soonest_.start();
  RF_TRY(const bool row, run.next());
  if (!row) return std::nullopt;
  return Due{
      .id = run.row_id<ReturnKind>(0),
      .timer = {.kind = static_cast<returns::TimerKind>(run.integer(1)), .due_at = run.time(2)}};
}

}  // namespace returnflows::sqlite

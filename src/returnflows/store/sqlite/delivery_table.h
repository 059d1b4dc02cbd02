#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/delivery/attempt.h"
#include "returnflows/store/sqlite/backlog.h"
#include "returnflows/store/sqlite/connection.h"
#include "returnflows/store/sqlite/delivery_row.h"

namespace returnflows::sqlite {

// The rows of deliveries and attempts, as the journal's thread writes them. Knows nothing of the
// rules; counts nothing. Thread: the journal's.
class DeliveryTable {
 public:
  static Result<DeliveryTable> open(Connection& connection);

  // Adds what is not settled to `backlog`.
  static Status load_backlog(Connection& connection, Backlog& backlog);

  // The row number of the delivery to come. Never given twice.
  DeliveryId next_id() const { return DeliveryId{last_id_ + 1}; }

  DeliveryId last_id() const { return DeliveryId{last_id_}; }

  // Writes the delivery that has next_id().
  Status insert(const DeliveryRow& row);

  Result<std::optional<DeliveryRow>> find(DeliveryId id);

  // Writes `row` as it is after the attempt. The attempt before, if there was one, moves from the
  // delivery's row to a row of its own.
  struct Outcome {
    const Attempt& attempt;
    std::string_view sentence;
    bool delivered = false;
  };

  Status record_attempt(const DeliveryRow& row, const Outcome& outcome, Timestamp now);

  // Writes state, next attempt and schedule of `row`; its last attempt stays.
  Status change(const DeliveryRow& row, Timestamp now);

  // The oldest kHeld delivery of an ordering key.
  Result<std::optional<DeliveryId>> oldest_held(EndpointId endpoint, std::int64_t key_hash);

  // Up to `count_max` deliveries of the endpoint that are not settled, in any order.
  Result<std::vector<DeliveryId>> pending_of(EndpointId endpoint,
                                             const Backlog& backlog,
                                             std::size_t count_max);

 private:
  DeliveryTable() : recent_(kRecentRows) {}

  void remember(const DeliveryRow& row);

  // The newest rows by id modulo their number: a delivery is settled soon after it was accepted,
  // and this saves the read. 32,768 rows of 96 bytes are 3 MiB.
  static constexpr std::size_t kRecentRows = 32'768;

  std::int64_t last_id_ = 0;
  std::vector<DeliveryRow> recent_;
  Statement insert_;
  Statement find_;
  Statement record_;
  Statement keep_attempt_;
  Statement change_;
  Statement oldest_held_;
  Statement waiting_of_;
  Statement held_of_;
  Statement ready_of_;
};

}  // namespace returnflows::sqlite

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/store/sqlite/bucket_filter.h"
#include "returnflows/store/sqlite/connection.h"
#include "returnflows/store/sqlite/recent_sequences.h"

namespace returnflows::sqlite {

// For each bucket of the log, the returns and the client ids that may be in it. Written by the
// EventIndex alone, asked by every thread that reads the log.
struct EventFilters {
  BucketFilter returns;
  BucketFilter client_ids;
};

// What the journal's thread knows about the log without reading it: the last sequence of a return,
// and whether a client id has been used. Both look into recent memory first, then ask the bucket
// filters, and read the index only of buckets that may have the answer.
//
// Sequences given within a group that fails are not taken back: the store ends then.
class EventIndex {
 public:
  // Loads `filters` of full buckets and rebuilds that of the last one. `last_event` is the newest
  // row, 0 without one.
  static Result<EventIndex> open(Connection& connection,
                                 EventFilters& filters,
                                 std::int64_t last_event);

  // The next sequence of the return, from 1; the caller writes an event with it.
  Result<std::int64_t> next_sequence(MerchantId merchant, std::int64_t return_hash);

  // An earlier event of the merchant with this client id.
  Result<std::optional<EventId>> find_client_id(MerchantId merchant,
                                                std::int64_t client_hash,
                                                std::string_view client_id);

  // To be called before `event` is inserted: makes it known, and stores the filters of the bucket
  // before when it is the first of a new one. `client_hash` is 0 without a client id.
  struct Newcomer {
    EventId event;
    Timestamp created_at{};
    std::int64_t return_hash = 0;
    std::int64_t client_hash = 0;
  };

  Status note(const Newcomer& newcomer);

 private:
  enum class Kind : std::uint8_t { kReturns = 0, kClientIds = 1 };  // Numbers are stored.

  EventIndex(EventFilters& filters, std::int64_t bucket) : filters_(filters), bucket_(bucket) {}

  // 0 for a return without events.
  Result<std::int64_t> last_sequence(MerchantId merchant, std::int64_t return_hash);
  Status prepare(Connection& connection);
  Status load(Connection& connection);
  Status load_filter(std::int64_t bucket, Kind kind);
  Status rebuild_filter(std::int64_t bucket, Kind kind);
  Status store_filter(std::int64_t bucket, Kind kind);
  Status close_bucket();

  BucketFilter& filter_of(Kind kind) {
    return kind == Kind::kReturns ? filters_.returns : filters_.client_ids;
  }

  EventFilters& filters_;
  std::int64_t bucket_;  // The one that is being filled.
  std::optional<Timestamp> min_created_at_;
  std::optional<Timestamp> max_created_at_;
  bool has_client_ids_ = false;
  RecentSequences recent_;
  std::vector<std::int64_t> candidates_;  // Buckets to look in, reused.
  Statement last_sequence_;
  Statement by_client_id_;
  Statement insert_filter_;
  Statement insert_bucket_;
  Statement read_filter_;
  Statement returns_of_bucket_;
  Statement client_ids_of_bucket_;
};

}  // namespace returnflows::sqlite

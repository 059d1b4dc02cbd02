#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "returnflows/base/limits.h"
#include "returnflows/base/result.h"
#include "returnflows/store/sqlite/connection.h"
#include "returnflows/store/store.h"

namespace returnflows::sqlite {

// Gathers the row numbers of one page of a list: hands out the spans of ids to look at, in the
// list's order, until the page is full, the ids are used up, or enough has been looked at
// (limits::kPageEntriesMax). In the last case the page ends early and says where to go on.
class IdWalk {
 public:
  struct Question {
    ListOrder order = ListOrder::kAscending;
    std::optional<std::int64_t> from;  // Exclusive.
    std::size_t limit = 0;
  };

  // Row numbers from `low` to `high`, both included.
  struct Span {
    std::int64_t low = 0;
    std::int64_t high = 0;
  };

  IdWalk(const Question& question, std::int64_t newest);

  // True when there is nothing more to ask.
  bool done() const { return full() || low_ > high_ || entries_ >= limits::kPageEntriesMax; }

  // The next `count` ids, or those up to the edge of their bucket or chunk; `entries` is what
  // looking at them may cost. Only while not done().
  Span next(std::int64_t count, std::size_t entries);
  Span next_bucket(std::size_t entries);
  Span next_chunk(std::size_t entries);

  // For those who walk by other means than ids: everything counts as looked at.
  void skip_all() { low_ = high_ + 1; }

  // Takes ids (column 0) from `run`, which gives them in the list's order.
  Status take(Run run);

  // How many more ids are wanted: one more than the page takes, to know whether it is the last.
  std::size_t wanted() const { return limit_ + 1 - ids_.size(); }

  bool ascending() const { return ascending_; }

  // The id that comes next.
  std::int64_t edge() const { return ascending_ ? low_ : high_; }

  std::int64_t low() const { return low_; }

  std::int64_t high() const { return high_; }

  // The page: at most `limit` ids, and where to go on when there may be more.
  struct Gathered {
    std::vector<std::int64_t> ids;
    std::optional<std::int64_t> next;
  };

  Gathered finish();

 private:
  bool full() const { return ids_.size() > limit_; }

  // Those up to the edge of the part of 2^shift ids that the next one lies in.
  Span next_part(int shift, std::size_t entries);

  bool ascending_;
  std::size_t limit_;
  std::int64_t low_;  // What is left.
  std::int64_t high_;
  std::size_t entries_ = 0;
  std::vector<std::int64_t> ids_;
};

// What looking through a bucket's or a chunk's part of an index may cost, what finding out costs
// that it holds nothing, and what a filter costs that says so.
inline constexpr std::size_t kBucketScanEntries = 16'384;
inline constexpr std::size_t kChunkScanEntries = 1'024;
inline constexpr std::size_t kSeekEntries = 16;
inline constexpr std::size_t kBucketSkipEntries = 1;

// Rows that are looked at in the table itself before indexes are: the first page of most lists.
inline constexpr std::int64_t kTableWalkRows = 1024;

}  // namespace returnflows::sqlite

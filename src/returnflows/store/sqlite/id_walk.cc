#include "returnflows/store/sqlite/id_walk.h"

#include <algorithm>
#include <utility>

#include "returnflows/store/sqlite/schema.h"

namespace returnflows::sqlite {

IdWalk::IdWalk(const Question& question, std::int64_t newest)
    : ascending_(question.order == ListOrder::kAscending),
      limit_(question.limit),
      low_(1),
      high_(newest) {
  if (!question.from) return;
  if (ascending_) {
    low_ = std::max(low_, *question.from + 1);
  } else {
    high_ = std::min(high_, *question.from - 1);
  }
}

IdWalk::Span IdWalk::next(std::int64_t count, std::size_t entries) {
  entries_ += entries;
  Span span{.low = low_, .high = high_};
  if (ascending_) {
    span.high = std::min(high_, low_ + count - 1);
    low_ = span.high + 1;
  } else {
    span.low = std::max(low_, high_ - count + 1);
    high_ = span.low - 1;
  }
  return span;
}

IdWalk::Span IdWalk::next_part(int shift, std::size_t entries) {
  const std::int64_t first = edge() >> shift << shift;
  const std::int64_t last = first + (std::int64_t{1} << shift) - 1;
  return next(ascending_ ? last - edge() + 1 : edge() - first + 1, entries);
}

IdWalk::Span IdWalk::next_bucket(std::size_t entries) {
  return next_part(kBucketShift, entries);
}

IdWalk::Span IdWalk::next_chunk(std::size_t entries) {
  return next_part(kChunkShift, entries);
}

Status IdWalk::take(Run run) {
  while (!full()) {
    RF_TRY(const bool row, run.next());
    if (!row) break;
    ids_.push_back(run.integer(0));
  }
  return {};
}

IdWalk::Gathered IdWalk::finish() {
  Gathered gathered;
  if (full()) {
    ids_.resize(limit_);
    if (!ids_.empty()) gathered.next = ids_.back();
  } else if (low_ <= high_) {
    gathered.next = ascending_ ? low_ - 1 : high_ + 1;
  }
  gathered.ids = std::move(ids_);
  return gathered;
}

}  // namespace returnflows::sqlite

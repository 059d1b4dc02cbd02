#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include "returnflows/store/records.h"

namespace returnflows::sqlite {

// The bodies of the newest events, so that a delivery that is released soon after it was accepted
// needs no read. First in, first out. Thread: the journal's.
class RecentBodies {
 public:
  explicit RecentBodies(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Events come in ascending order.
  void add(std::shared_ptr<const EventBody> body);

  // Null when it is not among them.
  std::shared_ptr<const EventBody> find(EventId event) const;

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::deque<std::shared_ptr<const EventBody>> bodies_;  // By ascending event id, maybe with gaps.
};

}  // namespace returnflows::sqlite

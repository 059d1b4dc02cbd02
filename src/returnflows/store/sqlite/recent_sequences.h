#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace returnflows::sqlite {

// The last sequence of the returns that were used last: a cache of fixed size in sets of four,
// each of which drops what it has not used for the longest time.
//
// Memory: 16 bytes × kEntries = 2 MiB. Thread: the journal's.
class RecentSequences {
 public:
  static constexpr std::size_t kEntries = 131'072;

  RecentSequences() : sets_(kEntries / kWays) {}

  std::optional<std::int64_t> find(std::int64_t return_hash) const;
  void put(std::int64_t return_hash, std::int64_t sequence);

 private:
  static constexpr std::size_t kWays = 4;

  struct Entry {
    std::int64_t return_hash = 0;  // 0: empty.
    std::int64_t sequence = 0;
  };

  using Set = std::array<Entry, kWays>;  // The one used last comes first.

  std::size_t set_of(std::int64_t return_hash) const {
    return static_cast<std::size_t>(return_hash) % sets_.size();
  }

  std::vector<Set> sets_;
};

}  // namespace returnflows::sqlite

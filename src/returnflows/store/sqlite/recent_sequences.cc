#include "returnflows/store/sqlite/recent_sequences.h"

#include <algorithm>

namespace returnflows::sqlite {

std::optional<std::int64_t> RecentSequences::find(std::int64_t return_hash) const {
  for (const Entry& entry : sets_[set_of(return_hash)]) {
    if (entry.return_hash == return_hash) return entry.sequence;
  }
  return std::nullopt;
}

// Every find() of the event writer is followed by a put(), which is where the order is kept.
void RecentSequences::put(std::int64_t return_hash, std::int64_t sequence) {
  Set& set = sets_[set_of(return_hash)];
  auto at = std::ranges::find(set, return_hash, &Entry::return_hash);
  if (at == set.end()) at = set.end() - 1;
  *at = Entry{.return_hash = return_hash, .sequence = sequence};
  std::rotate(set.begin(), at, at + 1);
}

}  // namespace returnflows::sqlite

#include "returnflows/store/sqlite/recent_sequences.h"

#include <gtest/gtest.h>

namespace returnflows::sqlite {
namespace {

// Returns whose hashes differ by this share a set of the cache, which has four places.
constexpr std::int64_t kSets = RecentSequences::kEntries / 4;

TEST(RecentSequences, KnowsNothingAtFirst) {
  EXPECT_EQ(RecentSequences().find(5), std::nullopt);
}

TEST(RecentSequences, GivesTheLastSequenceThatWasPut) {
  RecentSequences recent;
  recent.put(5, 1);
  recent.put(5, 2);
  recent.put(6, 9);
  EXPECT_EQ(recent.find(5), 2);
  EXPECT_EQ(recent.find(6), 9);
}

TEST(RecentSequences, DropsTheOneThatWasUsedLongestAgoWhenASetIsFull) {
  RecentSequences recent;
  for (std::int64_t i = 0; i < 4; ++i) {
    recent.put(5 + i * kSets, i);
  }
  recent.put(5, 10);  // Used again: now the second is the oldest.
  recent.put(5 + 4 * kSets, 4);
  EXPECT_EQ(recent.find(5), 10);
  EXPECT_EQ(recent.find(5 + kSets), std::nullopt);
  EXPECT_EQ(recent.find(5 + 2 * kSets), 2);
  EXPECT_EQ(recent.find(5 + 3 * kSets), 3);
  EXPECT_EQ(recent.find(5 + 4 * kSets), 4);
}

TEST(RecentSequences, KeepsTheLargestHashes) {
  RecentSequences recent;
  const std::int64_t largest = INT64_MAX;
  recent.put(largest, 3);
  EXPECT_EQ(recent.find(largest), 3);
}

}  // namespace
}  // namespace returnflows::sqlite

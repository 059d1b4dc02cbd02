#include "returnflows/store/sqlite/bucket_filter.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/base/checksum.h"

namespace returnflows::sqlite {
namespace {

// As KeyedHashes makes them: the top bit is not set.
std::uint64_t hash_of(int number) {
  return keyed_hash64({1, 2}, std::to_string(number)) >> 1U;
}

std::vector<std::int64_t> candidates(const BucketFilter& filter, std::uint64_t hash) {
  std::vector<std::int64_t> buckets;
  filter.candidates(hash, buckets);
  return buckets;
}

TEST(BucketFilter, NamesEveryBucketThatHoldsTheHashNewestFirst) {
  BucketFilter filter;
  for (const std::int64_t bucket : {0, 3, 63, 64, 200}) {
    filter.add(bucket, hash_of(7));
  }
  EXPECT_EQ(candidates(filter, hash_of(7)), (std::vector<std::int64_t>{200, 64, 63, 3, 0}));
}

TEST(BucketFilter, IsRightAboutStrangersAllButAlwaysWhenFull) {
  BucketFilter filter;
  for (int i = 0; i < 1 << 14; ++i) {
    filter.add(0, hash_of(i));
  }
  int wrong = 0;
  for (int i = 1'000'000; i < 2'000'000; ++i) {
    wrong += static_cast<int>(candidates(filter, hash_of(i)).size());
  }
  EXPECT_LT(wrong, 1'000'000 / 50'000);  // Six are expected.
  for (int i = 0; i < 1 << 14; ++i) {
    ASSERT_EQ(candidates(filter, hash_of(i)).size(), 1U);
  }
}

TEST(BucketFilter, AnswersForOneBucketAsForAll) {
  BucketFilter filter;
  filter.add(70, hash_of(7));
  EXPECT_TRUE(filter.may_hold(70, hash_of(7)));
  EXPECT_FALSE(filter.may_hold(71, hash_of(7)));
  EXPECT_FALSE(filter.may_hold(70, hash_of(8)));
  EXPECT_FALSE(filter.may_hold(6400, hash_of(7))) << "nothing was ever added there";
}

TEST(BucketFilter, IsTheSameAfterBeingStoredAndRestored) {
  BucketFilter filter;
  for (int i = 0; i < 1000; ++i) {
    filter.add(66, hash_of(i));
    filter.add(67, hash_of(i + 5000));
  }
  BucketFilter restored;
  ASSERT_TRUE(restored.restore(66, filter.stored_form(66)));
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(candidates(restored, hash_of(i)), std::vector<std::int64_t>{66});
  }
  EXPECT_EQ(restored.stored_form(66), filter.stored_form(66));
  EXPECT_EQ(restored.stored_form(67), std::string(BucketFilter::kStoredBytes, '\0'));
}

TEST(BucketFilter, RefusesAStoredFormOfAnotherSize) {
  BucketFilter filter;
  EXPECT_FALSE(filter.restore(0, "short"));
}

TEST(BucketFilter, TakesFourMebibytesForSixtyFourBuckets) {
  BucketFilter filter;
  filter.add(0, hash_of(1));
  filter.add(63, hash_of(1));
  EXPECT_EQ(filter.memory_bytes(), 4U * 1024 * 1024);
}

}  // namespace
}  // namespace returnflows::sqlite

#include "returnflows/store/sqlite/bucket_filter.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "returnflows/base/checksum.h"

namespace returnflows::sqlite {
namespace {

std::uint64_t hash_of(int number) {
  return keyed_hash64({1, 2}, std::to_string(number));
}

TEST(BucketFilter, NamesEveryBucketThatHoldsTheHashNewestFirst) {
  BucketFilter filter;
  for (const std::int64_t bucket : {0, 3, 63, 64, 200}) {
    filter.add(bucket, hash_of(7));
  }
  EXPECT_EQ(filter.candidates(hash_of(7)), (std::vector<std::int64_t>{200, 64, 63, 3, 0}));
}

TEST(BucketFilter, IsRightAboutStrangersAllButAlwaysWhenFull) {
  BucketFilter filter;
  for (int i = 0; i < 1 << 14; ++i) {
    filter.add(0, hash_of(i));
  }
  int wrong = 0;
  for (int i = 1'000'000; i < 1'100'000; ++i) {
    wrong += static_cast<int>(filter.candidates(hash_of(i)).size());
  }
  EXPECT_LT(wrong, 100'000 / 1'000);  // One in 1,700 is expected.
  for (int i = 0; i < 1 << 14; ++i) {
    ASSERT_EQ(filter.candidates(hash_of(i)).size(), 1U);
  }
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
    ASSERT_EQ(restored.candidates(hash_of(i)), std::vector<std::int64_t>{66});
  }
  EXPECT_EQ(restored.stored_form(66), filter.stored_form(66));
  EXPECT_EQ(restored.stored_form(67), std::string(BucketFilter::kStoredBytes, '\0'));
}

TEST(BucketFilter, RefusesAStoredFormOfAnotherSize) {
  BucketFilter filter;
  EXPECT_FALSE(filter.restore(0, "short"));
}

TEST(BucketFilter, TakesTwoMebibytesForSixtyFourBuckets) {
  BucketFilter filter;
  filter.add(0, hash_of(1));
  filter.add(63, hash_of(1));
  EXPECT_EQ(filter.memory_bytes(), 2U * 1024 * 1024);
}

}  // namespace
}  // namespace returnflows::sqlite

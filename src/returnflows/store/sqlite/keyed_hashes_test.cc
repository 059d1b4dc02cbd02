#include "returnflows/store/sqlite/keyed_hashes.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace returnflows::sqlite {
namespace {

constexpr HashKey kKey{0x0123456789abcdefULL, 0xfedcba9876543210ULL};

TEST(KeyedHashes, ArePositiveAndNeverZero) {
  const KeyedHashes hashes(kKey);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_GT(hashes.of_return(MerchantId{1}, std::to_string(i)), 0);
  }
}

TEST(KeyedHashes, DifferByMerchantKindAndText) {
  const KeyedHashes hashes(kKey);
  const std::set<std::int64_t> different{hashes.of_return(MerchantId{1}, "A"),
                                         hashes.of_return(MerchantId{2}, "A"),
                                         hashes.of_return(MerchantId{1}, "B"),
                                         hashes.of_return(MerchantId{1}, ""),
                                         hashes.of_client_id(MerchantId{1}, "A")};
  EXPECT_EQ(different.size(), 5U);
}

TEST(KeyedHashes, DifferByTheKeyOfTheStore) {
  EXPECT_NE(KeyedHashes(kKey).of_return(MerchantId{1}, "A"),
            KeyedHashes({1, 2}).of_return(MerchantId{1}, "A"));
}

// They are stored: another value here means that no existing database can be read.
TEST(KeyedHashes, HaveTheValuesOfTheFormatDocument) {
  const KeyedHashes hashes(kKey);
  EXPECT_EQ(hashes.of_return(MerchantId{1}, "RET-1"), 8573537508906243802);
  EXPECT_EQ(hashes.of_client_id(MerchantId{1}, "order-17"), 8907256448667193459);
}

}  // namespace
}  // namespace returnflows::sqlite

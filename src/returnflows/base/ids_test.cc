#include "returnflows/base/ids.h"

#include <chrono>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "returnflows/base/encoding.h"

namespace returnflows {
namespace {

constexpr HashKey kKey{0x0123456789abcdefULL, 0xfedcba9876543210ULL};
const Timestamp kAt{std::chrono::milliseconds{1'770'429'600'210}};

TEST(IdCodec, GivesTheRowNumberAndTheTimeBack) {
  const IdCodec codec(kKey);
  for (const std::int64_t row : {1L, 2L, 65'535L, 65'536L, 1L << 40U, (1L << 56U) - 1}) {
    const auto decoded = codec.decode(IdPrefix::kEvent, codec.encode(IdPrefix::kEvent, row, kAt));
    ASSERT_TRUE(decoded.has_value()) << row;
    EXPECT_EQ(decoded->row, row);
    EXPECT_EQ(decoded->created_at, kAt);
  }
}

TEST(IdCodec, HasAPrefixAndTwentySixCharactersWithoutADot) {
  const std::string id = IdCodec(kKey).encode(IdPrefix::kEvent, 7, kAt);
  EXPECT_EQ(id.size(), 30U);
  EXPECT_TRUE(id.starts_with("evt_"));
  EXPECT_EQ(id.find('.'), std::string::npos);
}

TEST(IdCodec, SortsByTime) {
  const IdCodec codec(kKey);
  EXPECT_LT(codec.encode(IdPrefix::kEvent, 900, kAt),
            codec.encode(IdPrefix::kEvent, 1, kAt + std::chrono::milliseconds{1}));
}

TEST(IdCodec, NeverRepeats) {
  const IdCodec codec(kKey);
  std::set<std::string> seen;
  for (std::int64_t row = 1; row <= 20'000; ++row) {
    seen.insert(codec.encode(IdPrefix::kDelivery, row, kAt));
  }
  EXPECT_EQ(seen.size(), 20'000U);
}

TEST(IdCodec, RefusesAnyChangedCharacter) {
  const IdCodec codec(kKey);
  const std::string good = codec.encode(IdPrefix::kEvent, 42, kAt);
  for (std::size_t i = 4; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(codec.decode(IdPrefix::kEvent, bad).has_value()) << bad;
  }
}

TEST(IdCodec, RefusesAnotherPrefixOrAnotherKey) {
  const std::string id = IdCodec(kKey).encode(IdPrefix::kEvent, 42, kAt);
  EXPECT_FALSE(IdCodec(kKey).decode(IdPrefix::kDelivery, "dlv_" + id.substr(4)).has_value());
  EXPECT_FALSE(IdCodec({1, 2}).decode(IdPrefix::kEvent, id).has_value());
}

// Another value here means that every id that was ever given out is another one.
TEST(IdCodec, MakesTheExampleOfTheFormatDocument) {
  EXPECT_EQ(IdCodec(kKey).encode(IdPrefix::kEvent, 42, kAt), "evt_01KGTX7MEJT30AXYP46E4TSKR4");
}

TEST(IdCodec, HashesTheBytesOfTheExampleOfTheFormatDocument) {
  const auto input = decode_hex("0000002a00000000d2d1d3359c010000");
  ASSERT_TRUE(input);
  EXPECT_EQ(keyed_hash64(kKey, *input) & 0xFFFFFFFFFFULL, 0x38dd6f91abULL);
}

TEST(IdCodec, ReadsLowerCase) {
  const auto decoded = IdCodec(kKey).decode(IdPrefix::kEvent, "evt_01kgtx7mejt30axyp46e4tskr4");
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->row, 42);
}

TEST(IdCodec, RefusesLookAlikesAndTimesThatAreTooLarge) {
  const IdCodec codec(kKey);
  EXPECT_FALSE(codec.decode(IdPrefix::kEvent, "evt_O1KGTX7MEJT30AXYP46E4TSKR4").has_value());
  EXPECT_FALSE(codec.decode(IdPrefix::kEvent, "evt_Z1KGTX7MEJT30AXYP46E4TSKR4").has_value());
}

}  // namespace
}  // namespace returnflows

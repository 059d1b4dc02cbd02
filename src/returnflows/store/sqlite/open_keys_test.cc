#include "returnflows/store/sqlite/open_keys.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace returnflows::sqlite {
namespace {

TEST(OpenKeys, CountsEachEndpointAndReturnApart) {
  OpenKeys keys;
  EXPECT_EQ(keys.add(EndpointId{1}, 77), 0U);
  EXPECT_EQ(keys.add(EndpointId{1}, 77), 1U);
  EXPECT_EQ(keys.add(EndpointId{2}, 77), 0U);
  EXPECT_EQ(keys.count(EndpointId{1}, 77), 2U);
  EXPECT_EQ(keys.count(EndpointId{1}, 78), 0U);
  EXPECT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys.remove(EndpointId{1}, 77), 1U);
  EXPECT_EQ(keys.remove(EndpointId{1}, 77), 0U);
  EXPECT_EQ(keys.count(EndpointId{1}, 77), 0U);
  EXPECT_EQ(keys.size(), 1U);
}

TEST(OpenKeys, AgreesWithAMapThroughGrowthAndErasures) {
  OpenKeys keys;
  std::map<std::pair<std::int64_t, std::int64_t>, std::uint32_t> model;
  std::mt19937_64 random(42);  // Any seed will do: the point is many different runs of slots.
  for (int i = 0; i < 200'000; ++i) {
    const auto endpoint = static_cast<std::int64_t>(random() % 7 + 1);
    const auto key = static_cast<std::int64_t>(random() % 3000 + 1);
    auto& expected = model[{endpoint, key}];
    if (expected > 0 && random() % 2 == 0) {
      ASSERT_EQ(keys.remove(EndpointId{endpoint}, key), --expected);
    } else {
      ASSERT_EQ(keys.add(EndpointId{endpoint}, key), expected++);
    }
  }
  std::size_t open = 0;
  for (const auto& [key, count] : model) {
    ASSERT_EQ(keys.count(EndpointId{key.first}, key.second), count);
    open += count > 0 ? 1 : 0;
  }
  EXPECT_EQ(keys.size(), open);
}

TEST(OpenKeysDeathTest, AbortsWhenAKeyIsRemovedThatIsNotOpen) {
  OpenKeys keys;
  EXPECT_DEATH(keys.remove(EndpointId{1}, 5), "");
}

}  // namespace
}  // namespace returnflows::sqlite

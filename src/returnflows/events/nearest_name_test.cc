#include "returnflows/events/nearest_name.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

constexpr std::array<std::string_view, 4> kFields = {"id", "quantity", "unit_price", "net_total"};

TEST(NearestName, FindsWhatDiffersInALetter) {
  EXPECT_EQ(nearest_name("quantitiy", kFields), 1);
}

TEST(NearestName, FindsAnotherSpelling) {
  EXPECT_EQ(nearest_name("unitPrice", kFields), 2);
}

TEST(NearestName, CountsTwoLettersSwappedAsOneMistake) {
  EXPECT_EQ(nearest_name("di", kFields), 0);
}

TEST(NearestName, KeepsSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest_name("colour", kFields), std::nullopt);
  EXPECT_EQ(nearest_name("zz", kFields), std::nullopt);
  EXPECT_EQ(nearest_name("", kFields), std::nullopt);
}

TEST(NearestName, DoesNotCompareVeryLongNames) {
  EXPECT_EQ(nearest_name(std::string(10'000, 'i'), kFields), std::nullopt);
}

TEST(ShownName, KeepsWhatIsShort) {
  EXPECT_EQ(shown_name("colour"), "colour");
}

TEST(ShownName, NeverCutsACharacterInTwo) {
  EXPECT_EQ(shown_name(std::string(47, 'a') + "øb"), std::string(47, 'a') + "…");
}

}  // namespace
}  // namespace returnflows

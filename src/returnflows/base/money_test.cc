#include "returnflows/base/money.h"

#include <string>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

Currency currency(std::string_view code) {
  return Currency::parse(code).value();
}

std::string rewritten(std::string_view amount, std::string_view code) {
  return format_amount(parse_money(amount, currency(code)).value());
}

TEST(Money, IsWrittenWithAllDecimalsOfItsCurrency) {
  EXPECT_EQ(rewritten("719.1", "DKK"), "719.10");
  EXPECT_EQ(rewritten("0", "DKK"), "0.00");
  EXPECT_EQ(rewritten("-0.05", "DKK"), "-0.05");
  EXPECT_EQ(rewritten("1200", "JPY"), "1200");
  EXPECT_EQ(rewritten("1.5", "KWD"), "1.500");
}

TEST(Money, KeepsTheWholeRangeOf64Bits) {
  EXPECT_EQ(rewritten("92233720368547758.07", "DKK"), "92233720368547758.07");
  EXPECT_EQ(rewritten("-92233720368547758.08", "DKK"), "-92233720368547758.08");
  EXPECT_FALSE(parse_money("92233720368547758.08", currency("DKK")));
  EXPECT_FALSE(parse_money("-92233720368547758.09", currency("DKK")));
}

TEST(Money, RefusesWhatIsNotADecimalNumberOfItsCurrency) {
  for (const char* wrong : {"", "-", ".", "1.", ".5", "1e3", "+1", "1,5", " 1", "--1", "1.2.3"}) {
    const auto parsed = parse_money(wrong, currency("DKK"));
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidInput);
  }
  EXPECT_FALSE(parse_money("1.234", currency("DKK")));
  EXPECT_FALSE(parse_money("1.0", currency("JPY")));
  for (const char* wrong : {"", "dkk", "DK", "DKKK", "D1K"})
    EXPECT_FALSE(Currency::parse(wrong));
}

TEST(Money, CountsExactlyOrRefuses) {
  const Money most = parse_money("92233720368547758.07", currency("DKK")).value();
  const Money least = parse_money("0.01", currency("DKK")).value();
  EXPECT_FALSE(add(most, least));
  EXPECT_FALSE(subtract(Money{.minor = -2, .currency = currency("DKK")}, most));
  EXPECT_FALSE(multiply(most, 2));
  EXPECT_FALSE(add(least, parse_money("1", currency("SEK")).value()));
  EXPECT_FALSE(subtract(least, parse_money("1", currency("SEK")).value()));
  EXPECT_EQ(add(least, least).value().minor, 2);
}

TEST(Money, RoundsAShareHalfAwayFromZero) {
  const auto share = [](const char* amount, std::int64_t hundredths) {
    return format_amount(
        share_of(parse_money(amount, currency("DKK")).value(), hundredths).value());
  };
  EXPECT_EQ(share("719.10", 1000), "71.91");
  EXPECT_EQ(share("0.05", 1000), "0.01");
  EXPECT_EQ(share("0.04", 1000), "0.00");
  EXPECT_EQ(share("-0.05", 1000), "-0.01");
}

}  // namespace
}  // namespace returnflows

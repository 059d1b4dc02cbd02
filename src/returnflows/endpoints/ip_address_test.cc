#include "returnflows/endpoints/ip_address.h"

#include <gtest/gtest.h>

namespace returnflows {
namespace {

IpAddress address(std::string_view text) {
  return IpAddress::parse(text).value();
}

IpRange range(std::string_view text) {
  return IpRange::parse(text).value();
}

TEST(IpAddress, GoesToTextAndBack) {
  for (const char* text :
       {"0.0.0.0", "192.0.2.7", "255.255.255.255", "::", "::1", "2001:db8::7", "fd00:ec2::254"}) {
    EXPECT_EQ(address(text).text(), text);
  }
}

TEST(IpAddress, HasOneFormForAnIPv4AddressHoweverItIsWritten) {
  EXPECT_EQ(address("::ffff:192.0.2.7"), address("192.0.2.7"));
  EXPECT_EQ(address("::ffff:c000:207"), address("192.0.2.7"));
  EXPECT_EQ(IpAddress::from_v4(0xC0000207), address("192.0.2.7"));
  EXPECT_TRUE(address("::ffff:192.0.2.7").is_v4());
  EXPECT_FALSE(address("::192.0.2.7").is_v4());
}

TEST(IpAddress, RefusesOddForms) {
  for (const std::string_view bad :
       {"",           "1",         "127.1",     "2130706433",   "0177.0.0.1",
        "0x7f.0.0.1", "1.2.3.4.5", "1.2.3.256", "01.2.3.4",     "1.2.3.4 ",
        " 1.2.3.4",   "1.2.3.",    ":",         ":::",          "1::2::3",
        "::1%eth0",   "[::1]",     "12345::",   "::ffff:1.2.3", "example.com"}) {
    const auto parsed = IpAddress::parse(bad);
    ASSERT_FALSE(parsed.has_value()) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidInput);
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)).has_value());
  EXPECT_FALSE(IpAddress::parse(std::string(200, '1')).has_value());
}

TEST(IpRange, HoldsItsFirstAndLastAddressAndNotTheirNeighbours) {
  const IpRange shared = range("100.64.0.0/10");
  EXPECT_FALSE(shared.contains(address("100.63.255.255")));
  EXPECT_TRUE(shared.contains(address("100.64.0.0")));
  EXPECT_TRUE(shared.contains(address("100.127.255.255")));
  EXPECT_FALSE(shared.contains(address("100.128.0.0")));

  const IpRange unique_local = range("fc00::/7");
  EXPECT_FALSE(unique_local.contains(address("fbff::")));
  EXPECT_TRUE(unique_local.contains(address("fc00::")));
  EXPECT_TRUE(unique_local.contains(address("fdff:ffff::1")));
  EXPECT_FALSE(unique_local.contains(address("fe00::")));
}

TEST(IpRange, OfOneAddressHoldsThatOneOnly) {
  EXPECT_TRUE(range("192.0.2.7").contains(address("192.0.2.7")));
  EXPECT_FALSE(range("192.0.2.7").contains(address("192.0.2.6")));
  EXPECT_EQ(range("192.0.2.7/32").text(), "192.0.2.7");
}

TEST(IpRange, NeverMixesFamilies) {
  EXPECT_TRUE(range("0.0.0.0/0").contains(address("192.0.2.7")));
  EXPECT_FALSE(range("0.0.0.0/0").contains(address("::1")));
  EXPECT_TRUE(range("::/0").contains(address("::1")));
  EXPECT_FALSE(range("::/0").contains(address("192.0.2.7")));
}

TEST(IpRange, RefusesBitsBehindThePrefixAndNamesBothReadings) {
  const auto parsed = IpRange::parse("10.0.0.1/8");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidInput);
  EXPECT_NE(parsed.error().detail.find("10.0.0.0/8"), std::string::npos);
  EXPECT_NE(parsed.error().detail.find("10.0.0.1 "), std::string::npos);
  EXPECT_FALSE(IpRange::parse("fd00::1/8").has_value());
}

TEST(IpRange, RefusesPrefixesThatTheFamilyDoesNotHave) {
  for (const char* bad : {"10.0.0.0/33",
                          "::/129",
                          "10.0.0.0/",
                          "10.0.0.0/-1",
                          "10.0.0.0/+8",
                          "10.0.0.0/8 ",
                          "10.0.0.0/8/8",
                          "/8",
                          "10.0.0.0/255.0.0.0"}) {
    EXPECT_FALSE(IpRange::parse(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace returnflows

#include "returnflows/endpoints/egress_policy.h"

#include <initializer_list>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

std::vector<IpRange> ranges(std::initializer_list<std::string_view> texts) {
  std::vector<IpRange> out;
  for (const auto text : texts)
    out.push_back(IpRange::parse(text).value());
  return out;
}

Status check(const EgressPolicy& policy, std::string_view address) {
  return check_address(policy, IpAddress::parse(address).value());
}

bool opens(const EgressPolicy& policy, std::string_view address) {
  return check(policy, address).has_value();
}

// First and last addresses of every special range, with what lies just outside of them below.
constexpr auto kNeverByItself = {"0.0.0.0",
                                 "0.255.255.255",
                                 "127.0.0.1",
                                 "127.255.255.255",
                                 "169.254.0.0",
                                 "169.254.169.254",
                                 "169.254.255.255",
                                 "192.0.0.0",
                                 "192.0.0.192",
                                 "192.0.0.255",
                                 "192.0.2.0",
                                 "192.0.2.255",
                                 "192.88.99.1",
                                 "198.18.0.0",
                                 "198.19.255.255",
                                 "198.51.100.1",
                                 "203.0.113.1",
                                 "224.0.0.1",
                                 "239.255.255.255",
                                 "240.0.0.1",
                                 "255.255.255.255",
                                 "168.63.129.16",
                                 "100.100.100.200",
                                 "::",
                                 "::1",
                                 "::7f00:1",
                                 "::ffff:7f00:1",
                                 "64:ff9b::a00:1",
                                 "64:ff9b:1::1",
                                 "100::1",
                                 "2001::1",
                                 "2001:1ff::1",
                                 "2001:db8::1",
                                 "2002:7f00:1::1",
                                 "3fff::1",
                                 "3fff:fff::1",
                                 "5f00::1",
                                 "4000::1",
                                 "fd00:ec2::254",
                                 "fd20:ce::254",
                                 "fe80::1",
                                 "febf::1",
                                 "fec0::1",
                                 "ff02::1",
                                 "1::1"};

constexpr auto kPrivate = {"10.0.0.0",
                           "10.255.255.255",
                           "172.16.0.0",
                           "172.31.255.255",
                           "192.168.0.0",
                           "192.168.255.255",
                           "100.64.0.0",
                           "100.127.255.255",
                           "::ffff:10.0.0.1",
                           "fc00::1",
                           "fdff:ffff::1"};

constexpr auto kPublic = {"1.1.1.1",        "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
                          "100.128.0.0",    "126.255.255.255", "128.0.0.0",       "169.253.255.255",
                          "169.255.0.0",    "172.15.255.255",  "172.32.0.0",      "191.255.255.255",
                          "192.0.1.0",      "192.0.3.0",       "192.167.255.255", "192.169.0.0",
                          "198.17.255.255", "198.20.0.0",      "223.255.255.255", "168.63.129.17",
                          "2000::1",        "2001:200::1",     "2001:db7::1",     "2001:db9::1",
                          "2003::1",        "2606:4700::1111", "3ffe:ffff::1",    "3fff:1000::1"};

TEST(EgressPolicy, ByDefaultOpensPublicAddressesOnly) {
  const EgressPolicy policy;
  for (const char* address : kPublic)
    EXPECT_TRUE(opens(policy, address)) << address;
  for (const char* address : kPrivate)
    EXPECT_FALSE(opens(policy, address)) << address;
  for (const char* address : kNeverByItself)
    EXPECT_FALSE(opens(policy, address)) << address;
}

TEST(EgressPolicy, PrivateOkOpensPrivateAddressesAndNothingElse) {
  const EgressPolicy policy{.private_ok = true};
  for (const char* address : kPublic)
    EXPECT_TRUE(opens(policy, address)) << address;
  for (const char* address : kPrivate)
    EXPECT_TRUE(opens(policy, address)) << address;
  for (const char* address : kNeverByItself)
    EXPECT_FALSE(opens(policy, address)) << address;
}

TEST(EgressPolicy, AllowOpensOnlyItself) {
  const EgressPolicy policy{.allow = ranges({"127.0.0.0/8", "10.1.2.3"})};
  EXPECT_TRUE(opens(policy, "127.0.0.1"));
  EXPECT_TRUE(opens(policy, "::ffff:127.0.0.1"));
  EXPECT_TRUE(opens(policy, "10.1.2.3"));
  EXPECT_FALSE(opens(policy, "10.1.2.4"));
  EXPECT_FALSE(opens(policy, "::1"));
  EXPECT_FALSE(opens(policy, "169.254.169.254"));
}

TEST(EgressPolicy, DenyWinsOverAllowAndOverPublic) {
  const EgressPolicy policy{.private_ok = true,
                            .allow = ranges({"10.0.0.0/8"}),
                            .deny = ranges({"10.0.0.5", "8.8.8.0/24"})};
  EXPECT_TRUE(opens(policy, "10.0.0.4"));
  EXPECT_FALSE(opens(policy, "10.0.0.5"));
  EXPECT_FALSE(opens(policy, "8.8.8.8"));
}

TEST(EgressPolicy, NamesTheRangeAndTheSettingThatOpensIt) {
  const auto refused = check(EgressPolicy{}, "10.1.2.3");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kForbidden);
  EXPECT_EQ(refused.error().detail,
            "10.1.2.3 is a private address (10.0.0.0/8); this server sends there only if "
            "egress_allow lists it or egress_policy is private_ok.");
  EXPECT_EQ(check(EgressPolicy{}, "127.0.0.1").error().detail,
            "127.0.0.1 is a loopback address (127.0.0.0/8); this server sends there only if "
            "egress_allow lists it.");
}

}  // namespace
}  // namespace returnflows

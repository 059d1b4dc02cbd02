#include <array>
#include <chrono>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/cli/client_url.h"
#include "returnflows/cli/duration_text.h"
#include "returnflows/cli/session.h"

namespace returnflows {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsNumbersWithUnits) {
  EXPECT_EQ(parse_duration("500ms").value(), 500ms);
  EXPECT_EQ(parse_duration("30s").value(), 30s);
  EXPECT_EQ(parse_duration("30").value(), 30s);
  EXPECT_EQ(parse_duration("15m").value(), 15min);
  EXPECT_EQ(parse_duration("24h").value(), 24h);
  EXPECT_EQ(parse_duration("7d").value(), 168h);
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text : {"", "s", "-1s", "1.5h", "1 s", "1y", "99999999999999999999s", "4000d"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

TEST(Duration, IsWrittenInItsLargestUnit) {
  EXPECT_EQ(format_duration(20s), "20s");
  EXPECT_EQ(format_duration(120s), "2m");
  EXPECT_EQ(format_duration(48h), "2d");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(0ms), "0s");
}

TEST(ClientUrl, IsTakenApart) {
  const auto url = parse_client_url("https://Example.test:8443/a/b?x=1#part");
  ASSERT_TRUE(url.has_value());
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/a/b?x=1");
  EXPECT_EQ(url->host_header(), "Example.test:8443");
}

TEST(ClientUrl, LeavesTheDefaultPortOutOfTheHostHeader) {
  EXPECT_EQ(parse_client_url("http://example.test")->host_header(), "example.test");
  EXPECT_EQ(parse_client_url("https://example.test:443/")->host_header(), "example.test");
  EXPECT_EQ(parse_client_url("https://example.test:80/")->host_header(), "example.test:80");
}

TEST(ClientUrl, IsCompletedFromHostOrPort) {
  EXPECT_EQ(parse_client_url("3000")->text, "http://localhost:3000");
  EXPECT_EQ(parse_client_url("localhost:3000/hook")->target, "/hook");
}

TEST(ClientUrl, KeepsIpv6InBracketsInTheHostHeader) {
  const auto url = parse_client_url("http://[::1]:8080");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->host_header(), "[::1]:8080");
}

TEST(ClientUrl, RefusesWhatCannotBeConnectedTo) {
  for (const char* text :
       {"", "ftp://a", "http://", "http://u:p@a/", "http://a:99999", "http://a b"}) {
    const auto url = parse_client_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_EQ(url.error().code, ErrorCode::kInvalidInput);
  }
}

TEST(PercentEncode, EscapesAllThatIsNotUnreserved) {
  EXPECT_EQ(percent_encode("a-Z_0.~ /?&=æ"), "a-Z_0.~%20%2F%3F%26%3D%C3%A6");
}

TEST(TimeArgument, TakesTimesAndDurationsAgo) {
  EXPECT_EQ(time_argument("").value(), "");
  EXPECT_EQ(time_argument("2026-02-07T03:00:00+01:00").value(), "2026-02-07T02:00:00.000Z");
  EXPECT_LT(time_argument("2h").value(), time_argument("1h").value());
  const auto wrong = time_argument("yesterday");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace returnflows

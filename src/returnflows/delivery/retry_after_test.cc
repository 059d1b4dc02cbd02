#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "returnflows/delivery/verdict.h"

namespace returnflows {
namespace {

using namespace std::chrono_literals;

// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110 §5.6.7.
constexpr Timestamp kExample =
    std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + 8h + 49min + 37s;

TEST(RetryAfter, TakesSeconds) {
  EXPECT_EQ(parse_retry_after("0", kExample), 0s);
  EXPECT_EQ(parse_retry_after("120", kExample), 120s);
  EXPECT_EQ(parse_retry_after(" 120\t", kExample), 120s);
  EXPECT_EQ(parse_retry_after("007", kExample), 7s);
}

TEST(RetryAfter, TakesAllThreeFormsOfADate) {
  const Timestamp before = kExample - 90s;
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", before), 90s);
  EXPECT_EQ(parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", before), 90s);
  EXPECT_EQ(parse_retry_after("Sun Nov  6 08:49:37 1994", before), 90s);
  EXPECT_EQ(parse_retry_after("Wed Nov 16 08:49:37 1994", before + 240h), 90s);
}

TEST(RetryAfter, NeverComesBackBeforeTheDate) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kExample - 1ms), 1s);
}

TEST(RetryAfter, ReadsATwoDigitYearAsTheNearerCentury) {
  const Timestamp now = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  EXPECT_EQ(parse_retry_after("Thursday, 01-Jan-26 00:01:00 GMT", now), 60s);
  EXPECT_EQ(parse_retry_after("Saturday, 01-Jan-77 00:01:00 GMT", now), 0s);  // 1977.
  EXPECT_EQ(parse_retry_after("Tuesday, 01-Jan-75 00:01:00 GMT", now), 24h);  // 2075.
}

TEST(RetryAfter, OfAPastDateIsNow) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kExample + 1h), 0s);
}

TEST(RetryAfter, IsBoundedToOneDay) {
  EXPECT_EQ(parse_retry_after("86400", kExample), 24h);
  EXPECT_EQ(parse_retry_after("86401", kExample), 24h);
  EXPECT_EQ(parse_retry_after(std::string(400, '9'), kExample), 24h);
  EXPECT_EQ(parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", kExample), 24h);
}

TEST(RetryAfter, IsIgnoredWhenItIsNeitherSecondsNorADate) {
  for (const char* bad : {"",
                          " ",
                          "-1",
                          "+1",
                          "1.5",
                          "120s",
                          "1 2",
                          "soon",
                          "0x10",
                          "Sun, 06 Nov 1994 08:49:37",
                          "Sun, 06 Nov 1994 08:49:37 UTC",
                          "Sun, 6 Nov 1994 08:49:37 GMT",
                          "Sun, 31 Feb 1994 08:49:37 GMT",
                          "Sun, 00 Nov 1994 08:49:37 GMT",
                          "Sun, 06 Nov 1994 24:00:00 GMT",
                          "Sun, 06 Nov 1994 08:60:00 GMT",
                          "Sun, 06 Nov 1994 08:49:61 GMT",
                          "Sun, 06 nov 1994 08:49:37 GMT",
                          "Xxx, 06 Nov 1994 08:49:37 GMT",
                          "Sun, 06 Nov 1994 08:49:37 GMT, 120",
                          "Sun, 06-Nov-94 08:49:37 GMT",
                          "1994-11-06T08:49:37Z"}) {
    EXPECT_EQ(parse_retry_after(bad, kExample), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace returnflows

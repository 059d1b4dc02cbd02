#include "returnflows/carriers/carrier_time.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "returnflows/base/time_text.h"

namespace returnflows::carriers {
namespace {

std::string read(std::string_view text) {
  const auto at = parse_carrier_time(text);
  return at ? format_rfc3339(*at) : "none";
}

TEST(CarrierTime, TakesWhatRfc3339Takes) {
  EXPECT_EQ(read("2026-03-04T17:12:57.123Z"), "2026-03-04T17:12:57.123Z");
  EXPECT_EQ(read("2026-03-04T17:12:57+05:30"), "2026-03-04T11:42:57.000Z");
}

TEST(CarrierTime, TakesAnOffsetWithoutColon) {
  EXPECT_EQ(read("2026-03-04T17:12:57-0800"), "2026-03-05T01:12:57.000Z");
}

TEST(CarrierTime, CountsATimeWithoutAZoneAsUtc) {
  EXPECT_EQ(read("2026-03-04T17:12:57"), "2026-03-04T17:12:57.000Z");
  EXPECT_EQ(read("2026-03-04 17:12:57.5"), "2026-03-04T17:12:57.500Z");
}

TEST(CarrierTime, TakesATimeWithoutSecondsAndADateAlone) {
  EXPECT_EQ(read("2026-03-04 17:12"), "2026-03-04T17:12:00.000Z");
  EXPECT_EQ(read("2026-03-04T17:12+01:00"), "2026-03-04T16:12:00.000Z");
  EXPECT_EQ(read("2026-03-04"), "2026-03-04T00:00:00.000Z");
}

TEST(CarrierTime, ZeroValuesAreNoTimes) {
  EXPECT_EQ(read("0001-01-01T00:00:00Z"), "none");
  EXPECT_EQ(read("1970-01-01T00:00:00Z"), "none");
  EXPECT_EQ(read("9999-12-31T23:59:59Z"), "none");
}

TEST(CarrierTime, RefusesWhatIsNoTime) {
  for (const auto text : {"",
                          "yesterday",
                          "2026-02-30",
                          "2026-03-04T25:00:00Z",
                          "2026-03-04T1",
                          "2026-03-04T17:12:57+",
                          "2026-03-04T17:12:57Z+01:00",
                          "04/03/2026 17:12"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
}

TEST(CarrierTime, UnixSecondsHaveTheSameBounds) {
  EXPECT_EQ(format_rfc3339(from_unix_seconds(1772720400).value()), "2026-03-05T14:20:00.000Z");
  EXPECT_EQ(from_unix_seconds(0), std::nullopt);
  EXPECT_EQ(from_unix_seconds(-1), std::nullopt);
  EXPECT_EQ(from_unix_seconds(std::numeric_limits<std::int64_t>::max()), std::nullopt);
}

}  // namespace
}  // namespace returnflows::carriers

#include "returnflows/base/time_text.h"

#include <gtest/gtest.h>

namespace returnflows {
namespace {

TEST(Rfc3339, GoesThereAndBack) {
  for (const char* text :
       {"2026-02-07T02:00:00.210Z", "1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z"}) {
    const auto at = parse_rfc3339(text);
    ASSERT_TRUE(at.has_value()) << text;
    EXPECT_EQ(format_rfc3339(*at), text);
  }
}

TEST(Rfc3339, TakesOffsetsAndAnyFraction) {
  EXPECT_EQ(format_rfc3339(*parse_rfc3339("2026-02-07T04:00:00+02:00")),
            "2026-02-07T02:00:00.000Z");
  EXPECT_EQ(format_rfc3339(*parse_rfc3339("2026-02-06T21:30:00.123456-04:30")),
            "2026-02-07T02:00:00.123Z");
}

TEST(Rfc3339, RefusesWhatIsNotADateTime) {
  for (const char* text : {"",
                           "yesterday",
                           "2026-02-07",
                           "2026-02-30T00:00:00Z",
                           "2026-02-07T24:00:00Z",
                           "2026-02-07T02:00:00",
                           "2026-02-07T02:00:00.Z",
                           "2026-02-07T02:00:00+2:00",
                           "2026-02-07T02:00:00Zz"}) {
    const auto at = parse_rfc3339(text);
    ASSERT_FALSE(at.has_value()) << text;
    EXPECT_EQ(at.error().code, ErrorCode::kInvalidInput);
  }
}

}  // namespace
}  // namespace returnflows

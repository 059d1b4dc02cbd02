#include "returnflows/events/json_scan.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returnflows {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MemberValueSpan, FindsMembersByTheirNumber) {
  const std::string_view text = R"({"a":1,"b":{"c":[2,3]},"d":"x"})";
  EXPECT_EQ(member_value_span(text, 0, 3), "1");
  EXPECT_EQ(member_value_span(text, 1, 3), R"({"c":[2,3]})");
  EXPECT_EQ(member_value_span(text, 2, 3), R"("x")");
}

TEST(MemberValueSpan, CutsSpaceAroundAndKeepsSpaceInside) {
  const std::string_view text = " { \"a\" :\n\t1 , \"b\" : { \"c\" : [ ] }\r\n } ";
  EXPECT_EQ(member_value_span(text, 0, 2), "1");
  EXPECT_EQ(member_value_span(text, 1, 2), "{ \"c\" : [ ] }");
}

TEST(MemberValueSpan, IsNotMisledByWhatStandsInStrings) {
  const std::string_view text = R"({"a,}\"{":"]}\\","b\\":"\\\"},{","c":{"d":"\u007d}"},"e":[]})";
  EXPECT_EQ(member_value_span(text, 0, 4), R"("]}\\")");
  EXPECT_EQ(member_value_span(text, 1, 4), R"("\\\"},{")");
  EXPECT_EQ(member_value_span(text, 2, 4), R"({"d":"\u007d}"})");
  EXPECT_EQ(member_value_span(text, 3, 4), "[]");
}

TEST(MemberValueSpan, CountsBackslashesBeforeQuotesFromBothEnds) {
  for (std::size_t backslashes = 0; backslashes <= 6; backslashes += 2) {
    const std::string tail = std::string(backslashes, '\\') + "\"";
    const std::string quoted = "\"\\\"," + tail;  // Starts with an escaped quote.
    const std::string text =
        "{\"a" + tail + ":" + quoted + ",\"b\":[" + quoted + "],\"c" + tail + ":" + quoted + "}";
    EXPECT_EQ(member_value_span(text, 0, 3), quoted) << text;
    EXPECT_EQ(member_value_span(text, 1, 3), "[" + quoted + "]") << text;
    EXPECT_EQ(member_value_span(text, 2, 3), quoted) << text;
  }
}

TEST(MemberValueSpan, TakesEmptyNamesAndValues) {
  const std::string_view text = R"({"":"","b":"","":{}})";
  EXPECT_EQ(member_value_span(text, 0, 3), R"("")");
  EXPECT_EQ(member_value_span(text, 1, 3), R"("")");
  EXPECT_EQ(member_value_span(text, 2, 3), "{}");
}

TEST(SplitArray, GivesTheElementsAsTheyStand) {
  EXPECT_THAT(split_array(R"( [ {"a":[1,2]} , "x,y" ,3 ] )", 10).value(),
              ElementsAre(R"({"a":[1,2]})", R"("x,y")", "3"));
  EXPECT_THAT(split_array(" [ ] ", 10).value(), IsEmpty());
}

TEST(SplitArray, RefusesWhatIsNoArray) {
  for (const std::string_view text :
       {"[", "[1", "[1,", "[1,]", "[,1]", "[1,,2]", "[1]]", "[1] 2", "[] []", "[1}", R"(["])"}) {
    const auto split = split_array(text, 10);
    ASSERT_FALSE(split) << text;
    EXPECT_EQ(split.error().code, ErrorCode::kInvalidInput) << text;
  }
}

TEST(SplitArray, RefusesMoreElementsThanAllowed) {
  EXPECT_EQ(split_array("[1,2,3]", 3).value().size(), 3U);
  const auto split = split_array("[1,2,3,4]", 3);
  ASSERT_FALSE(split);
  EXPECT_EQ(split.error().code, ErrorCode::kTooLarge);
}

TEST(SplitLines, LeavesOutBlankLinesAndCarriageReturns) {
  EXPECT_THAT(split_lines("{\"a\":1}\r\n\n  \t\r\n {\"b\":2} \n", 10).value(),
              ElementsAre("{\"a\":1}", "{\"b\":2}"));
  EXPECT_THAT(split_lines("\n\n", 10).value(), IsEmpty());
  EXPECT_THAT(split_lines("{}", 10).value(), ElementsAre("{}"));
}

TEST(SplitLines, RefusesMoreLinesThanAllowed) {
  EXPECT_TRUE(split_lines("1\n2\n\n", 2));
  const auto split = split_lines("1\n2\n3", 2);
  ASSERT_FALSE(split);
  EXPECT_EQ(split.error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace returnflows

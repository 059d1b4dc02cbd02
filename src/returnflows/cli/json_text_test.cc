#include "returnflows/cli/json_text.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/cli/event_override.h"
#include "returnflows/events/catalogue.h"

namespace returnflows {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(JsonText, IsIndentedWithoutTouchingNumbers) {
  EXPECT_EQ(pretty_json(R"( {"a":1.10,"b":[1e3,{}],"c":[],"d":"x\"}{"} )"),
            "{\n"
            "  \"a\": 1.10,\n"
            "  \"b\": [\n"
            "    1e3,\n"
            "    {}\n"
            "  ],\n"
            "  \"c\": [],\n"
            "  \"d\": \"x\\\"}{\"\n"
            "}");
}

TEST(JsonText, LosesNothingWhenIndentedAndCompactedAgain) {
  for (const EventTypeInfo& info : event_catalogue()) {
    EXPECT_EQ(compact_json(pretty_json(info.sample)), info.sample) << info.name;
  }
}

TEST(JsonText, FindsMembersAndElements) {
  const std::string_view json = R"({"data" : [ {"id":"a,b]"} , [1,2] , "x" ], "next_cursor":null})";
  EXPECT_THAT(json_elements(json_member(json, "data")),
              ElementsAre(R"({"id":"a,b]"})", "[1,2]", R"("x")"));
  EXPECT_EQ(json_member(json, "next_cursor"), "null");
  EXPECT_EQ(json_member(json, "absent"), "");
  EXPECT_EQ(json_at(json, "data.0.id"), R"("a,b]")");
  EXPECT_EQ(json_at(json, "data.1.1"), "2");
  EXPECT_EQ(json_at(json, "data.7.id"), "");
}

TEST(JsonText, ReadsValuesAsPeopleDo) {
  EXPECT_EQ(json_to_text(R"("n\u00f8gle \"x\"")"), "nøgle \"x\"");
  EXPECT_EQ(json_to_text("null"), "");
  EXPECT_EQ(json_to_text("12.50"), "12.50");
  EXPECT_EQ(json_to_text("[1, 2]"), "[1,2]");
}

TEST(JsonText, StaysInBoundsOnAnythingElse) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[",
                           "\"",
                           "{\"a",
                           "{\"a\"",
                           "{\"a\":",
                           "[1,",
                           "]",
                           "}",
                           ":",
                           ",",
                           "\"\\",
                           "{\"a\":\"\\",
                           "[[[[",
                           "{,}",
                           "nul"}) {
    pretty_json(text);
    compact_json(text);
    json_elements(text);
    json_to_text(text);
    EXPECT_FALSE(check_json(text).has_value()) << text;
    EXPECT_EQ(json_at(text, "b.c"), "") << text;
  }
}

TEST(JsonText, RefusesDocumentsThatAreTooDeep) {
  EXPECT_TRUE(check_json(std::string(60, '[') + std::string(60, ']')).has_value());
  EXPECT_FALSE(check_json(std::string(70, '[') + std::string(70, ']')).has_value());
}

TEST(SetJsonValue, ChangesOneValueAndNothingElse) {
  EXPECT_EQ(set_json_value(R"({"a": {"b":[10, 2.50]}, "c":1})", "a.b.1", "7").value(),
            R"({"a": {"b":[10, 7]}, "c":1})");
}

TEST(SetJsonValue, AddsAMemberThatIsMissing) {
  EXPECT_EQ(set_json_value(R"({"a":{}})", "a.b", "true").value(), R"({"a":{"b":true}})");
  EXPECT_EQ(set_json_value(R"({"a":1})", "b", "\"x\"").value(), R"({"a":1,"b":"x"})");
}

TEST(SetJsonValue, RefusesPathsThatLeadNowhere) {
  for (const char* path : {"", "a.b", "x.y", "list.5", "list.x", "list.", "a..b"}) {
    const auto changed = set_json_value(R"({"a":1,"list":[0]})", path, "2");
    ASSERT_FALSE(changed.has_value()) << path;
    EXPECT_EQ(changed.error().code, ErrorCode::kInvalidInput);
  }
}

constexpr std::string_view kData = R"({"return":{"number":"A","count":2,"note":null}})";

TEST(Override, KeepsAStringAString) {
  EXPECT_EQ(apply_override(kData, "data.return.number=1042").value(),
            R"({"return":{"number":"1042","count":2,"note":null}})");
}

TEST(Override, TakesJsonWhereNoStringStood) {
  EXPECT_EQ(apply_override(kData, "data.return.count=3").value(),
            R"({"return":{"number":"A","count":3,"note":null}})");
  EXPECT_EQ(apply_override(kData, "data.return.note=too small").value(),
            R"({"return":{"number":"A","count":2,"note":"too small"}})");
}

TEST(Override, TakesJsonWhenToldTo) {
  EXPECT_EQ(apply_override(kData, "data.return.number:=null").value(),
            R"({"return":{"number":null,"count":2,"note":null}})");
  const auto wrong = apply_override(kData, "data.return.number:=x");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_THAT(wrong.error().detail, HasSubstr("is not JSON"));
}

TEST(Override, MayHoldEqualsSignsInItsValue) {
  EXPECT_EQ(apply_override(kData, "data.return.number=a=b").value(),
            R"({"return":{"number":"a=b","count":2,"note":null}})");
}

TEST(Override, ShowsTheRightForm) {
  for (const char* text : {"return.number=1", "data.return.number", "=1"}) {
    const auto wrong = apply_override(kData, text);
    ASSERT_FALSE(wrong.has_value()) << text;
    EXPECT_THAT(wrong.error().detail, HasSubstr("data.return.number=RMA-1042"));
  }
}

}  // namespace
}  // namespace returnflows

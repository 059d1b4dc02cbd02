#include "returnflows/base/json_writer.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace returnflows {
namespace {

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  std::string out;
  JsonWriter json(out);
  json.open_object();
  json.member("a", 1);
  json.member("b", true);
  json.key("c").open_array();
  json.text("x");
  json.open_object();
  json.close_object();
  json.null();
  json.close_array();
  json.key("d").raw("{}");
  json.member_or_null("e", "");
  json.member("f", std::optional<Timestamp>{});
  json.close_object();
  EXPECT_EQ(out, R"({"a":1,"b":true,"c":["x",{},null],"d":{},"e":null,"f":null})");
}

TEST(JsonWriter, WritesTimesWithMilliseconds) {
  std::string out;
  JsonWriter(out).time(Timestamp{std::chrono::milliseconds{1'770'000'000'123}});
  EXPECT_EQ(out, R"("2026-02-02T02:40:00.123Z")");
}

TEST(JsonWriter, EscapesText) {
  std::string out;
  JsonWriter(out).text("a\"b\\c\n\x01");
  EXPECT_EQ(out, R"("a\"b\\c\n\u0001")");
}

TEST(JsonString, EscapesOnlyWhatMustBe) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("a/b <é> 日本"), R"("a/b <é> 日本")");
  EXPECT_EQ(json_string("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
  EXPECT_EQ(json_string(std::string_view("\0\x1F", 2)), R"("\u0000\u001f")");
  EXPECT_EQ(json_string("\x7F"), "\"\x7F\"");
}

TEST(ReplaceInvalidUtf8, KeepsWhatIsValid) {
  EXPECT_EQ(replace_invalid_utf8("gr\xC3\xB8n \xE2\x82\xAC \xF0\x9F\x98\x80"),
            "gr\xC3\xB8n \xE2\x82\xAC \xF0\x9F\x98\x80");
}

TEST(ReplaceInvalidUtf8, ReplacesEachBadByte) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(replace_invalid_utf8("a\xFF"
                                 "b"),
            "a" + mark + "b");
  // Cut in the middle of a character, as a body that was cut short is.
  EXPECT_EQ(replace_invalid_utf8("a\xE2\x82"), "a" + mark + mark);
  // An overlong slash, a surrogate, and a number beyond the last character.
  EXPECT_EQ(replace_invalid_utf8("\xC0\xAF"), mark + mark);
  EXPECT_EQ(replace_invalid_utf8("\xED\xA0\x80"), mark + mark + mark);
  EXPECT_EQ(replace_invalid_utf8("\xF4\x90\x80\x80"), mark + mark + mark + mark);
}

}  // namespace
}  // namespace returnflows

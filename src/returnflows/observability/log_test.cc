#include "returnflows/observability/log.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "returnflows/base/limits.h"
#include "returnflows/base/time_text.h"
#include "returnflows/observability/log_text.h"

namespace returnflows {
namespace {

Timestamp a_time() {
  return parse_rfc3339("2026-02-07T02:00:00.210Z").value();
}

std::string text_line(std::string_view message, std::vector<LogField> fields = {}) {
  return format_log_line(LogFormat::kText, {.at = a_time(), .message = message, .fields = fields});
}

std::string json_line(std::string_view message, std::vector<LogField> fields = {}) {
  return format_log_line(LogFormat::kJson, {.at = a_time(), .message = message, .fields = fields});
}

TEST(LogLine, ReadsAsTimeLevelMessageAndFields) {
  EXPECT_EQ(text_line("endpoint disabled",
                      {{"endpoint", std::string_view{"ep_1"}},
                       {"failures", std::int64_t{10}},
                       {"rate", 0.25},
                       {"told", true},
                       {"reason", std::string_view{"answered 410 Gone"}}}),
            "2026-02-07T02:00:00.210Z info    endpoint disabled endpoint=ep_1 failures=10 "
            "rate=0.25 told=true reason=\"answered 410 Gone\"");
}

TEST(LogLine, IsAJsonObjectInJsonFormat) {
  const auto value = boost::json::parse(json_line(
      "attempt \"one\"", {{"status", std::int64_t{503}}, {"url", std::string_view{"a\\b\tc"}}}));
  EXPECT_EQ(value.at("time").as_string(), "2026-02-07T02:00:00.210Z");
  EXPECT_EQ(value.at("level").as_string(), "info");
  EXPECT_EQ(value.at("message").as_string(), "attempt \"one\"");
  EXPECT_EQ(value.at("status").as_int64(), 503);
  EXPECT_EQ(value.at("url").as_string(), "a\\b\tc");
}

TEST(LogLine, CannotBeForgedWithNewlines) {
  const std::string evil = "x\n2026-02-07T02:00:00.210Z info    admin logged in\r\x1b[2J\x7f";
  for (const std::string& line : {text_line(evil, {{"from", std::string_view{evil}}}),
                                  json_line(evil, {{"from", std::string_view{evil}}})}) {
    EXPECT_TRUE(std::ranges::none_of(line, [](char character) {
      return character < ' ' || character == '\x7f';
    })) << line;
  }
}

TEST(LogLine, CannotBeForgedWithUnicodeLineEnds) {
  for (const std::string_view end : {"\u2028", "\u2029", "\u0085", "\u202e"}) {
    const std::string text = std::string{"a"}.append(end).append("b");
    EXPECT_EQ(text_line(text).find(end), std::string::npos);
    EXPECT_EQ(boost::json::parse(json_line(text)).at("message").as_string(), text);
  }
}

TEST(LogLine, QuotesValuesThatCouldLookLikeAnotherField) {
  EXPECT_TRUE(text_line("m", {{"from", std::string_view{"a admin=true"}}})
                  .ends_with(" from=\"a admin=true\""));
  EXPECT_TRUE(text_line("m", {{"from", std::string_view{"a\" admin=\"true"}}})
                  .ends_with(R"( from="a\" admin=\"true")"));
  EXPECT_TRUE(text_line("m", {{"from", std::string_view{}}}).ends_with(" from=\"\""));
}

TEST(LogLine, ReplacesBytesThatAreNotUtf8) {
  // A stray lead byte, an overlong slash, a surrogate and a sequence cut short.
  const std::string line = json_line(
      "a\xff"
      "b\xc0\xaf"
      "c\xed\xa0\x80"
      "d\xe2\x82");
  EXPECT_EQ(boost::json::parse(line).at("message").as_string(),
            "a\uFFFDb\uFFFD\uFFFDc\uFFFD\uFFFD\uFFFDd\uFFFD\uFFFD");
}

TEST(LogLine, KeepsLettersOfOtherLanguages) {
  EXPECT_TRUE(text_line("nøgle 鍵 🔑").ends_with("nøgle 鍵 🔑"));
}

TEST(LogLine, CutsLongValuesWithoutBreakingACharacter) {
  const std::string text = std::string(limits::kLogValueBytesMax - 1, 'x') + "æøå";
  const auto message = boost::json::parse(json_line(text)).at("message").as_string();
  EXPECT_EQ(message, std::string(limits::kLogValueBytesMax - 1, 'x') + "…");
}

TEST(LogLine, WritesNullForNumbersThatJsonCannotSay) {
  const auto value =
      boost::json::parse(json_line("m", {{"ratio", std::numeric_limits<double>::quiet_NaN()}}));
  EXPECT_TRUE(value.at("ratio").is_null());
}

// What goes to standard error while `write` runs.
template <class Write>
std::string captured(Write write) {
  testing::internal::CaptureStderr();
  write();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, WritesWholeLinesFromManyThreads) {
  configure_log(LogFormat::kJson, LogLevel::kInfo);
  const std::string out = captured([] {
    std::vector<std::jthread> threads;
    for (std::int64_t worker = 0; worker < 4; ++worker) {
      threads.emplace_back([worker] {
        for (std::int64_t i = 0; i < 50; ++i) {
          log_line(LogLevel::kInfo, "busy", {{"worker", worker}, {"i", i}});
        }
      });
    }
  });
  std::size_t lines = 0;
  for (std::size_t start = 0; start < out.size(); ++lines) {
    const std::size_t end = out.find('\n', start);
    ASSERT_NE(end, std::string::npos);
    EXPECT_EQ(boost::json::parse(out.substr(start, end - start)).at("message").as_string(), "busy");
    start = end + 1;
  }
  EXPECT_EQ(lines, 200U);
}

TEST(Log, LeavesOutLinesBelowItsLevel) {
  configure_log(LogFormat::kText, LogLevel::kWarning);
  EXPECT_FALSE(log_enabled(LogLevel::kInfo));
  EXPECT_TRUE(log_enabled(LogLevel::kWarning));
  const std::string out = captured([] {
    log_line(LogLevel::kInfo, "quiet");
    log_line(LogLevel::kError, "100% loud {}");
  });
  EXPECT_EQ(out.find("quiet"), std::string::npos);
  EXPECT_TRUE(out.ends_with("error   100% loud {}\n")) << out;
}

}  // namespace
}  // namespace returnflows

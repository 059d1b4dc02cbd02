#include "returnflows/cli/event_stream_parser.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

std::vector<StreamEvent> feed(EventStreamParser& parser, std::string_view bytes) {
  auto events = parser.feed(bytes);
  EXPECT_TRUE(events.has_value());
  return events ? *events : std::vector<StreamEvent>{};
}

constexpr std::string_view kTwoEvents =
    "\xEF\xBB\xBF: hello\r\nid: evt_1\r\nevent: return.created\r\ndata: {\"a\":1}\r\n\r\n"
    ": heartbeat\n\nid: evt_2\nevent:return.closed\ndata: one\ndata:two\n\n";

void expect_two_events(const std::vector<StreamEvent>& events) {
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].id, "evt_1");
  EXPECT_EQ(events[0].type, "return.created");
  EXPECT_EQ(events[0].data, R"({"a":1})");
  EXPECT_EQ(events[1].id, "evt_2");
  EXPECT_EQ(events[1].type, "return.closed");
  EXPECT_EQ(events[1].data, "one\ntwo");
}

TEST(EventStreamParser, ReadsEventsBetweenCommentsAndHeartbeats) {
  EventStreamParser parser;
  expect_two_events(feed(parser, kTwoEvents));
  EXPECT_EQ(parser.last_id(), "evt_2");
}

TEST(EventStreamParser, ReadsTheSameHoweverTheBytesAreCut) {
  for (std::size_t size = 1; size < 20; ++size) {
    EventStreamParser parser;
    std::vector<StreamEvent> events;
    for (std::size_t at = 0; at < kTwoEvents.size(); at += size) {
      for (StreamEvent& event : feed(parser, kTwoEvents.substr(at, size))) {
        events.push_back(std::move(event));
      }
    }
    expect_two_events(events);
  }
}

TEST(EventStreamParser, GivesNoEventWithoutData) {
  EventStreamParser parser;
  EXPECT_TRUE(feed(parser, "id: evt_9\nevent: x\n\n").empty());
  EXPECT_EQ(parser.last_id(), "evt_9");
  EXPECT_EQ(feed(parser, "data\n\n").at(0).type, "message");
}

TEST(EventStreamParser, ForgetsTheHalfEventOfABrokenConnection) {
  EventStreamParser parser;
  feed(parser, "id: evt_1\ndata: whole\n\nid: evt_1\ndata: ha");
  parser.start_connection();
  const auto events = feed(parser, "id: evt_2\ndata: next\n\n");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].data, "next");
}

TEST(EventStreamParser, RemembersThePauseThatTheServerAsksFor) {
  EventStreamParser parser;
  feed(parser, "retry: x1\n");
  EXPECT_EQ(parser.retry(), std::nullopt);
  feed(parser, "retry: 2500\n\n");
  EXPECT_EQ(parser.retry(), std::chrono::milliseconds{2500});
}

TEST(EventStreamParser, RefusesALineWithoutEnd) {
  EventStreamParser parser;
  const std::string line(limits::kEventBytesMax, 'x');
  EXPECT_TRUE(parser.feed("data: " + line).has_value());
  EXPECT_TRUE(parser.feed(line.substr(6)).has_value());
  const auto more = parser.feed("x");
  ASSERT_FALSE(more.has_value());
  EXPECT_EQ(more.error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace returnflows

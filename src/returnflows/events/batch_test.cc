#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/base/limits.h"
#include "returnflows/events/published_event.h"

namespace returnflows {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

std::string event(std::string_view return_id) {
  return R"({"type":"return.created","data":{"return":{"id":")" + std::string{return_id} +
         R"("}}})";
}

std::vector<std::string> return_ids(std::string_view body) {
  const auto events = EventParser{}.parse_batch(body);
  if (!events) {
    ADD_FAILURE() << events.error().detail;
    return {};
  }
  std::vector<std::string> ids;
  for (const PublishedEvent& each : *events)
    ids.push_back(each.return_id);
  return ids;
}

Error error_of(std::string_view body) {
  auto events = EventParser{}.parse_batch(body);
  if (events) {
    ADD_FAILURE() << "accepted: " << body.substr(0, 200);
    return {};
  }
  return std::move(events).error();
}

auto at(std::string_view pointer) {
  return Field(&FieldError::pointer, std::string{pointer});
}

TEST(EventBatch, TakesAnArray) {
  EXPECT_THAT(return_ids("[" + event("a") + "," + event("b") + "]"), ElementsAre("a", "b"));
  EXPECT_THAT(return_ids(" \n[ " + event("a") + "\n,\n" + event("b") + " ] \n"),
              ElementsAre("a", "b"));
}

TEST(EventBatch, TakesOneEventALine) {
  EXPECT_THAT(return_ids(event("a") + "\n" + event("b")), ElementsAre("a", "b"));
  EXPECT_THAT(return_ids("\n" + event("a") + "\r\n\r\n  \n" + event("b") + "\r\n"),
              ElementsAre("a", "b"));
  EXPECT_THAT(return_ids(event("a")), ElementsAre("a"));
}

TEST(EventBatch, KeepsTheBytesOfEachEvent) {
  const auto events = EventParser{}.parse_batch(
      "[ {\"data\": {\"return\": {\"id\":\"a\", \"x\": 1.0}} , \"type\":\"return.created\"}]");
  ASSERT_TRUE(events);
  EXPECT_EQ(events->front().data_json, "{\"return\": {\"id\":\"a\", \"x\": 1.0}}");
}

TEST(EventBatch, PointersStartWithTheIndexOfTheEvent) {
  const std::string wrong = R"({"type":"return.created","data":{"return":{"id":7}}})";
  EXPECT_THAT(error_of("[" + event("a") + "," + wrong + "," + event("c") + ",{}]").fields,
              ElementsAre(at("/1/data/return/id"), at("/3/type"), at("/3/data")));
  // Blank lines do not count.
  EXPECT_THAT(error_of(event("a") + "\n\n\n" + wrong + "\nnull\n{\n").fields,
              ElementsAre(at("/1/data/return/id"), at("/2"), at("/3")));
}

TEST(EventBatch, BrokenJsonInOneElementIsFoundThere) {
  EXPECT_THAT(error_of("[" + event("a") + ",{\"a\" 1}," + event("c") + "]").fields,
              ElementsAre(at("/1")));
}

TEST(EventBatch, RefusesBrokenArrays) {
  for (const std::string& body : {"[" + event("a"),
                                  "[" + event("a") + ",]",
                                  "[," + event("a") + "]",
                                  "[" + event("a") + "]]",
                                  "[" + event("a") + ",{]}]",
                                  "[" + event("a") + "]\n" + event("b")}) {
    EXPECT_EQ(error_of(body).code, ErrorCode::kInvalidInput) << body;
  }
}

TEST(EventBatch, RefusesEmptyBatches) {
  for (const std::string_view body : {"", " \n ", "[]", "[ ]"}) {
    EXPECT_THAT(error_of(body).detail, HasSubstr("empty")) << body;
  }
}

TEST(EventBatch, RefusesMoreEventsThanAllowed) {
  std::string lines;
  for (std::size_t i = 0; i < limits::kBatchEventsMax; ++i)
    lines += event("a") + "\n";
  EXPECT_EQ(return_ids(lines).size(), limits::kBatchEventsMax);
  EXPECT_EQ(error_of(lines + event("a")).code, ErrorCode::kTooLarge);
}

TEST(EventBatch, RefusesMoreBytesThanAllowed) {
  const Error error = error_of(std::string(limits::kBatchBytesMax + 1, ' '));
  EXPECT_EQ(error.code, ErrorCode::kTooLarge);
  EXPECT_THAT(error.detail, HasSubstr("16777216"));
}

TEST(EventBatch, OneEventThatIsTooLargeIsNamed) {
  const std::string huge = event(std::string(limits::kEventBytesMax, 'x'));
  const Error error = error_of("[" + event("a") + "," + huge + "]");
  EXPECT_EQ(error.code, ErrorCode::kTooLarge);
  EXPECT_THAT(error.fields, ElementsAre(at("/1")));
}

TEST(EventBatch, NamesAtMostTwentyFields) {
  std::string lines;
  for (int i = 0; i < 100; ++i)
    lines += "{}\n";
  EXPECT_EQ(error_of(lines).fields.size(), limits::kFieldErrorsMax);
}

}  // namespace
}  // namespace returnflows

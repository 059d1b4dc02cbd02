#include "returnflows/events/published_event.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/base/limits.h"
#include "returnflows/base/time_text.h"
#include "returnflows/events/catalogue.h"

namespace returnflows {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

constexpr std::string_view kSmallData = R"({"return":{"id":"ret_1"}})";

// An event with members beside `type` and `data`.
std::string event_with(std::string_view more) {
  return R"({"type":"return.created","data":{"return":{"id":"ret_1"}})" + std::string{more} + "}";
}

// An event whose data.return has these members beside its id.
std::string event_with_return(std::string_view members) {
  return R"({"type":"return.created","data":{"return":{"id":"ret_1",)" + std::string{members} +
         "}}}";
}

Result<PublishedEvent> parse(std::string_view json) {
  return EventParser{}.parse(json);
}

// The error of parsing `json`, which must fail.
Error error_of(std::string_view json) {
  auto event = parse(json);
  if (event) {
    ADD_FAILURE() << "accepted: " << json.substr(0, 200);
    return {};
  }
  return std::move(event).error();
}

auto has_error(std::string_view pointer, std::string_view part) {
  return AllOf(Field(&FieldError::pointer, std::string{pointer}),
               Field(&FieldError::detail, HasSubstr(std::string{part})));
}

TEST(EventParser, TakesWhatTheEnvelopeNeeds) {
  const auto event =
      parse(R"({"id":"my-event_1","occurred_at":"2026-02-04T16:22:00+01:00","type":"return.reset",)"
            R"("data":{"return":{"id":"ret_9","revision":3,"previous_status":"processed"}}})");
  ASSERT_TRUE(event) << event.error().detail;
  EXPECT_EQ(event->type, EventType::kReturnReset);
  EXPECT_EQ(event->return_id, "ret_9");
  EXPECT_EQ(event->revision, 3);
  EXPECT_EQ(event->previous_status, "processed");
  EXPECT_EQ(event->client_id, "my-event_1");
  EXPECT_EQ(event->occurred_at, parse_rfc3339("2026-02-04T15:22:00Z").value());
}

TEST(EventParser, WhatIsAbsentHasItsDefault) {
  const auto event = parse(event_with(""));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->revision, 1);
  EXPECT_EQ(event->previous_status, std::nullopt);
  EXPECT_EQ(event->client_id, std::nullopt);
  EXPECT_EQ(event->occurred_at, std::nullopt);
}

TEST(EventParser, NullCountsAsAbsent) {
  const auto event = parse(event_with(R"(,"id":null,"occurred_at":null)"));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->client_id, std::nullopt);
  EXPECT_EQ(event->occurred_at, std::nullopt);
  const auto nulls = parse(event_with_return(
      R"("previous_status":null,"customer":null,"order":{"total":null},"closed_at":null)"));
  ASSERT_TRUE(nulls) << nulls.error().detail;
  EXPECT_EQ(nulls->previous_status, std::nullopt);
}

TEST(EventParser, AcceptsEverySample) {
  EventParser parser;
  for (const EventTypeInfo& row : event_catalogue()) {
    const auto event = parser.parse(R"({"type":")" + std::string{row.name} + R"(","data":)" +
                                    std::string{row.sample_data} + "}");
    ASSERT_TRUE(event) << row.name << ": " << event.error().detail;
    EXPECT_EQ(event->type, row.type);
    EXPECT_EQ(event->data_json, row.sample_data);
    EXPECT_EQ(event->return_id, "ret_01KGE6Q2V8Y3");
  }
}

TEST(EventParser, KeepsTheBytesOfDataWhereverItStands) {
  const std::string data =
      "{ \"return\" : {\"id\":\"r\\u00e9\\/1\", \"x\\\"}\": 1.50e+00, \"y\":\"}{\\\\\" },\n"
      "\t\"own\":[ {} , \"]\" ] }";
  const std::string type = R"("type":"return.created")";
  for (const std::string& json : {"{" + type + ",\"data\":" + data + "}",
                                  "{\"data\":" + data + "," + type + "}",
                                  " { \"data\" : " + data + " , " + type + " } \n",
                                  "{" + type + ",\"d\\u0061ta\" :\n" + data + "\n,\"id\":\"a\"}"}) {
    const auto event = parse(json);
    ASSERT_TRUE(event) << json << event.error().detail;
    EXPECT_EQ(event->data_json, data);
    EXPECT_EQ(event->return_id, "ré/1");
  }
}

TEST(EventParser, KeepsUnknownFieldsInsideOfData) {
  const std::string json = event_with_return(R"("erp_number":17.50,"nested":{"deep":[1,2,{}]})");
  const auto event = parse(json);
  ASSERT_TRUE(event);
  EXPECT_THAT(event->data_json, HasSubstr(R"("erp_number":17.50,"nested":{"deep":[1,2,{}]})"));
}

TEST(EventParser, RefusesUnknownMembersAndNamesTheKnownOnes) {
  const Error error = error_of(event_with(R"(,"event":"x","Type":1)"));
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_THAT(error.fields,
              ElementsAre(has_error("/event", "'type', 'data'"), has_error("/Type", "'id'")));
}

TEST(EventParser, RefusesMissingTypeAndData) {
  EXPECT_THAT(error_of("{}").fields,
              ElementsAre(has_error("/type", "required"), has_error("/data", "required")));
}

TEST(EventParser, SuggestsTheTypeThatWasMeant) {
  EXPECT_THAT(error_of(R"({"type":"retrun.created","data":{"return":{"id":"r"}}})").fields,
              ElementsAre(has_error("/type", "did you mean 'return.created'?")));
  EXPECT_THAT(error_of(R"({"type":17,"data":{"return":{"id":"r"}}})").fields,
              ElementsAre(has_error("/type", "Must be a string")));
}

TEST(EventParser, RefusesWrongClientIds) {
  const std::string longest(limits::kClientEventIdBytesMax, 'a');
  EXPECT_TRUE(parse(event_with(R"(,"id":")" + longest + "\"")));
  for (const std::string& id : {std::string{R"("")"},
                                "\"" + longest + "a\"",
                                std::string{R"("a b")"},
                                std::string{R"("ø")"},
                                std::string{R"("a.b")"},
                                std::string{"7"},
                                std::string{"{}"}}) {
    EXPECT_THAT(error_of(event_with(",\"id\":" + id)).fields,
                ElementsAre(has_error("/id", "letters, digits")))
        << id;
  }
}

TEST(EventParser, RefusesWrongTimes) {
  for (const std::string_view time : {R"("2026-02-30T00:00:00Z")", R"("now")", "1770000000"}) {
    EXPECT_THAT(error_of(event_with(R"(,"occurred_at":)" + std::string{time})).fields,
                ElementsAre(has_error("/occurred_at", "RFC 3339")));
    EXPECT_THAT(error_of(event_with_return(R"("closed_at":)" + std::string{time})).fields.size(),
                1U);
  }
}

TEST(EventParser, RefusesWrongReturnIds) {
  const auto with_id = [](std::string_view id) {
    return R"({"type":"return.created","data":{"return":{"id":)" + std::string{id} + "}}}";
  };
  EXPECT_TRUE(parse(with_id("\"" + std::string(255, 'a') + "\"")));
  EXPECT_TRUE(parse(with_id("\"gid://shop/Return/1 é\"")));
  for (const std::string& id : {std::string{"7"},
                                std::string{"null"},
                                std::string{"\"\""},
                                "\"" + std::string(256, 'a') + "\"",
                                std::string{R"("a\u0000b")"},
                                std::string{R"("a\nb")"}}) {
    EXPECT_THAT(error_of(with_id(id)).fields, ElementsAre(has_error("/data/return/id", ""))) << id;
  }
  // 200 characters, but 400 bytes.
  std::string wide;
  for (int i = 0; i < 200; ++i)
    wide += "ø";
  EXPECT_THAT(error_of(with_id("\"" + wide + "\"")).fields,
              ElementsAre(has_error("/data/return/id", "at most 255")));
}

TEST(EventParser, RefusesMoneyThatIsNotText) {
  const auto with_total = [](std::string_view total) {
    return event_with_return(R"("order":{"total":)" + std::string{total} + "}");
  };
  EXPECT_TRUE(parse(with_total(R"({"amount":"-719.10","currency":"DKK"})")));
  EXPECT_THAT(error_of(with_total(R"({"amount":719.10,"currency":"DKK"})")).fields,
              ElementsAre(has_error("/data/return/order/total/amount",
                                    "Must be a string such as \"719.10\", not a number.")));
  EXPECT_THAT(error_of(with_total(R"({"amount":"719,10","currency":"kr"})")).fields,
              ElementsAre(has_error("/data/return/order/total/amount", "decimal number"),
                          has_error("/data/return/order/total/currency", "capital letters")));
  EXPECT_THAT(error_of(with_total("719.10")).fields,
              ElementsAre(has_error("/data/return/order/total", R"({"amount":"719.10")")));
  EXPECT_THAT(error_of(with_total("{}")).fields,
              ElementsAre(has_error("/data/return/order/total/amount", "required"),
                          has_error("/data/return/order/total/currency", "required")));
}

TEST(EventParser, PointsIntoArrays) {
  EXPECT_THAT(
      error_of(event_with_return(R"("items":[{},{"quantity":"1","prices":{"tax":{"rate":0.25}}}])"))
          .fields,
      ElementsAre(has_error("/data/return/items/1/quantity", "Must be an integer"),
                  has_error("/data/return/items/1/prices/tax/rate", "Must be a string")));
}

TEST(EventParser, ChecksTheDetailOfTheType) {
  const auto with_detail = [](std::string_view type, std::string_view detail) {
    return R"({"type":")" + std::string{type} + R"(","data":{"return":{"id":"r"},"detail":)" +
           std::string{detail} + "}}";
  };
  EXPECT_THAT(error_of(with_detail("return.resumed", R"({"paused_seconds":"9"})")).fields,
              ElementsAre(has_error("/data/detail/paused_seconds", "integer")));
  // The same field means nothing to another type, so it is kept as it is.
  EXPECT_TRUE(parse(with_detail("return.closed", R"({"paused_seconds":"9"})")));
  EXPECT_TRUE(parse(with_detail("return.created", "null")));
  EXPECT_FALSE(parse(with_detail("return.created", "[]")));
}

TEST(EventParser, RefusesRevisionsThatReadersCannotHold) {
  EXPECT_EQ(parse(event_with_return(R"("revision":9007199254740991)")).value().revision,
            9007199254740991);
  EXPECT_EQ(parse(event_with_return(R"("revision":2.0)")).value().revision, 2);
  for (const std::string_view revision : {"0", "-1", "1.5", "\"1\"", "9007199254740992", "null"}) {
    EXPECT_THAT(error_of(event_with_return(R"("revision":)" + std::string{revision})).fields,
                ElementsAre(has_error("/data/return/revision", "Must be")));
  }
}

TEST(EventParser, RefusesKeysThatStandTwice) {
  const std::string_view small = R"("data":{"return":{"id":"r"}})";
  EXPECT_THAT(
      error_of(R"({"type":"return.created","type":"return.created",)" + std::string{small} + "}")
          .fields,
      ElementsAre(has_error("/type", "twice")));
  EXPECT_THAT(
      error_of(R"({"type":"return.created",)" + std::string{small} + "," + std::string{small} + "}")
          .fields,
      ElementsAre(has_error("/data", "twice")));
  EXPECT_THAT(error_of(event_with_return(R"("\u0069d":"ret_2")")).fields,
              ElementsAre(has_error("/data/return/id", "twice")));
  EXPECT_THAT(error_of(event_with_return(R"("own":[{"a/b":1,"a\/b":2}])")).fields,
              ElementsAre(has_error("/data/return/own/0/a~1b", "twice")));
}

// For every member of a sample: putting the same member in once more is found.
TEST(EventParser, FindsEveryMemberOfASampleWhenItIsDoubled) {
  const std::string data{describe(EventType::kReturnClosed).sample_data};
  const std::string head = R"({"type":"return.closed","data":)";
  EventParser parser;
  std::size_t doubled = 0;
  for (std::size_t colon = data.find("\":"); colon != std::string::npos;
       colon = data.find("\":", colon + 1)) {
    const std::size_t key_from = data.rfind('"', colon - 1);
    if (key_from == 0) continue;
    const std::string key = data.substr(key_from, colon + 1 - key_from);
    std::string broken = data;
    broken.insert(key_from, key + ":null,");
    const auto event = parser.parse(head + broken + "}");
    ASSERT_FALSE(event) << key;
    EXPECT_TRUE(std::ranges::any_of(event.error().fields, [](const FieldError& error) {
      return error.detail.contains("twice");
    })) << key;
    ++doubled;
  }
  EXPECT_GT(doubled, 300U);
}

TEST(EventParser, AcceptsNestingUpToTheLimitAndNoDeeper) {
  // Event, data and return are three levels.
  const auto nested = [](std::size_t levels, char open, char close) {
    const std::size_t inner = levels - 3;
    std::string text = R"("own":)";
    for (std::size_t i = 0; i < inner; ++i)
      text += open == '{' ? "{\"a\":" : "[";
    text += "1";
    text.append(inner, close);
    return event_with_return(text);
  };
  EventParser parser;
  for (const auto& [open, close] : {std::pair{'[', ']'}, std::pair{'{', '}'}}) {
    EXPECT_TRUE(parser.parse(nested(limits::kJsonDepthMax, open, close)));
    const auto deeper = parser.parse(nested(limits::kJsonDepthMax + 1, open, close));
    ASSERT_FALSE(deeper);
    EXPECT_THAT(deeper.error().detail, HasSubstr("64 levels"));
  }
  EXPECT_FALSE(parser.parse(std::string(200'000, '[')));
}

TEST(EventParser, AcceptsSizesUpToTheLimitAndNoLarger) {
  const std::string frame = event_with_return(R"("own":"")");
  const std::string longest = event_with_return(
      R"("own":")" + std::string(limits::kEventBytesMax - frame.size(), 'x') + '"');
  ASSERT_EQ(longest.size(), limits::kEventBytesMax);
  EventParser parser;
  EXPECT_TRUE(parser.parse(longest));
  const auto longer = parser.parse(longest + " ");
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, ErrorCode::kTooLarge);
  EXPECT_THAT(longer.error().fields, ElementsAre(has_error("", "262144")));
  EXPECT_TRUE(parser.parse(event_with("")));
}

TEST(EventParser, AnswersHostileKeyListsInLinearTime) {
  std::string members;
  for (int i = 0; members.size() < limits::kEventBytesMax - 200; ++i) {
    members += "\"" + std::to_string(i) + "\":0,";
  }
  EXPECT_TRUE(parse(event_with_return(members + "\"x\":0")));
  EXPECT_THAT(error_of(event_with_return(members + "\"0\":0")).fields,
              ElementsAre(has_error("/data/return/0", "twice")));
}

TEST(EventParser, RefusesWhatIsNotJson) {
  const std::vector<std::pair<std::string, std::string>> broken = {
      {"", "empty"},
      {"  \n", "empty"},
      {"{", "bracket"},
      {event_with("") + "{}", "bracket"},
      {event_with("") + ",", "bracket"},
      {event_with(","), "bracket"},
      {R"({"type" "return.created"})", "bracket"},
      {R"({"type":"return.created)", "closing quote"},
      {"{\"type\":\"a\nb\"}", "control character"},
      {R"({"type":"\x"})", "escape"},
      {R"({"type":"\ud800"})", "surrogate"},
      {R"({"type":01})", "number"},
      {R"({"type":1234567890123456789012345})", "64 bits"},
      {R"({"type":1e999})", "64 bits"},
      {R"({"type":tru})", "true, false or null"},
      {R"({"type":NaN})", "bracket"},
      {"{'type':1}", "bracket"},
      {"{\"type\":\"\xFF\"}", "UTF-8"},
      {"{\"type\":\"\xC0\xAF\"}", "UTF-8"},
      {"{\"type\":\"\xED\xA0\x80\"}", "UTF-8"},
      {"\xEF\xBB\xBF" + event_with(""), "byte order mark"},
      {std::string("\0", 1), ""},
  };
  for (const auto& [json, part] : broken) {
    const Error error = error_of(json);
    EXPECT_EQ(error.code, ErrorCode::kInvalidInput) << json;
    EXPECT_THAT(error.fields, ElementsAre(has_error("", part))) << json;
    EXPECT_EQ(error.detail, error.fields.front().detail) << json;
  }
}

TEST(EventParser, RefusesWhatIsNoObject) {
  for (const std::string_view json : {"null", "[]", "\"x\"", "1", "true"}) {
    EXPECT_THAT(error_of(json).fields, ElementsAre(has_error("", "JSON object"))) << json;
  }
  for (const std::string_view data : {"null", "[]", "\"x\"", "1"}) {
    EXPECT_THAT(error_of(R"({"type":"return.created","data":)" + std::string{data} + "}").fields,
                ElementsAre(has_error("/data", "Must be an object")))
        << data;
  }
}

TEST(EventParser, ReportsEveryWrongFieldUpToTwenty) {
  std::string items = R"("items":[)";
  for (int i = 0; i < 40; ++i)
    items += "1,";
  const Error error = error_of(event_with_return(items + "1]"));
  EXPECT_EQ(error.fields.size(), limits::kFieldErrorsMax);
  EXPECT_THAT(error.detail,
              HasSubstr("20 fields are not valid; the first is /data/return/items/0"));
}

TEST(EventParser, DetailOfOneWrongFieldNamesIt) {
  EXPECT_EQ(error_of(R"({"type":"return.created","data":{"return":{}}})").detail,
            "/data/return/id: This field is required; send something such as "
            "\"ret_01KGE6Q2V8Y3\".");
}

TEST(EventParser, IsAsGoodAsNewAfterAnError) {
  EventParser parser;
  for (const std::string_view broken : {"{", "{}", R"({"type":"x","data":[]})"}) {
    EXPECT_FALSE(parser.parse(broken));
    EXPECT_TRUE(parser.parse(event_with("")));
  }
}

TEST(EventParser, MovedParserWorks) {
  EventParser first;
  EXPECT_TRUE(first.parse(event_with("")));
  EventParser second = std::move(first);
  EXPECT_TRUE(second.parse(event_with("")));
}

TEST(EventParser, ChecksDataAlone) {
  EventParser parser;
  EXPECT_TRUE(parser.check_data(EventType::kReturnClosed, kSmallData));
  const auto wrong = parser.check_data(EventType::kReturnClosed, R"({"return":{"id":1}})");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().fields, ElementsAre(has_error("/return/id", "Must be a string")));
  EXPECT_FALSE(parser.check_data(EventType::kReturnClosed, "{"));
}

}  // namespace
}  // namespace returnflows

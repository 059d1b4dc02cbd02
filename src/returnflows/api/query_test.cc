#include "returnflows/api/query.h"

#include <gtest/gtest.h>

namespace returnflows {
namespace {

const IdCodec kIds{HashKey{1, 2}};

Result<ListQuestion> ask(std::string_view query) {
  RF_TRY(const auto parameters, QueryParameters::parse(query, {"limit", "cursor", "order"}));
  return parse_list_question(parameters, ListKind::kEvents, ListOrder::kAscending, kIds);
}

TEST(QueryParameters, AreDecoded) {
  const auto parameters = QueryParameters::parse("a=x%20y+z&b=%C3%B8&c=", {"a", "b", "c"});
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->find("a"), "x y z");
  EXPECT_EQ(parameters->find("b"), "\xC3\xB8");
  EXPECT_FALSE(parameters->find("c"));
}

TEST(QueryParameters, UnknownOnesAreRefusedWithTheKnownNames) {
  const auto parameters = QueryParameters::parse("limt=5", {"limit", "order"});
  ASSERT_FALSE(parameters);
  EXPECT_EQ(parameters.error().reason, "invalid_parameter");
  EXPECT_EQ(parameters.error().detail,
            "The parameter 'limt' is not known here; this call takes limit, order.");
}

TEST(QueryParameters, RepeatedAndBrokenOnesAreRefused) {
  EXPECT_FALSE(QueryParameters::parse("a=1&a=2", {"a"}));
  EXPECT_FALSE(QueryParameters::parse("a=%2", {"a"}));
  EXPECT_FALSE(QueryParameters::parse("a=%zz", {"a"}));
}

TEST(QueryParameters, TimesAndTypesAreChecked) {
  const auto parameters =
      QueryParameters::parse("since=yesterday&type=retrun.created", {"since", "type"});
  ASSERT_TRUE(parameters);
  EXPECT_FALSE(parameters->time("since"));
  const auto type = parameters->event_type("type");
  ASSERT_FALSE(type);
  EXPECT_NE(type.error().detail.find("return.created"), std::string::npos);
}

TEST(ListQuestion, HasDefaults) {
  const auto question = ask("");
  ASSERT_TRUE(question);
  EXPECT_EQ(question->limit, limits::kPageDefault);
  EXPECT_EQ(question->order, ListOrder::kAscending);
  EXPECT_FALSE(question->from);
}

TEST(ListQuestion, ReadsAllThree) {
  const std::string cursor = format_cursor(kIds, ListKind::kEvents, ListOrder::kDescending, 9);
  const auto question = ask("limit=3&order=desc&cursor=" + cursor);
  ASSERT_TRUE(question);
  EXPECT_EQ(question->limit, 3U);
  EXPECT_EQ(question->order, ListOrder::kDescending);
  EXPECT_EQ(question->from, 9);
}

TEST(ListQuestion, WrongValuesNameTheParameter) {
  for (const std::string query : {"limit=0", "limit=251", "limit=x", "limit=1x", "limit=-1"}) {
    const auto question = ask(query);
    ASSERT_FALSE(question) << query;
    EXPECT_TRUE(question.error().detail.starts_with("'limit'")) << query;
  }
  EXPECT_TRUE(ask("order=up").error().detail.starts_with("'order'"));
  EXPECT_TRUE(ask("cursor=abc").error().detail.starts_with("'cursor'"));
}

TEST(ParseEventType, TakesShortNamesOfShipmentEvents) {
  EXPECT_EQ(parse_event_type("shipment.in_transit"), EventType::kShipmentInTransit);
  EXPECT_EQ(parse_event_type("shipment.delivered"), EventType::kShipmentDelivered);
  EXPECT_EQ(parse_event_type("shipment.event.delivered"), EventType::kShipmentDelivered);
  EXPECT_FALSE(parse_event_type("shipment.lost"));
}

}  // namespace
}  // namespace returnflows

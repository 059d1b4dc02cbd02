#include "returnflows/returns/snapshot.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "returnflows/events/catalogue.h"
#include "returnflows/events/published_event.h"
#include "returnflows/returns/event_data.h"
#include "returnflows/returns/example_return_test.h"
#include "returnflows/returns/random_return_test.h"

namespace returnflows::returns {
namespace {

namespace dom = simdjson::dom;

std::string snapshot_of(const ReturnState& state, const Settings& settings = example_settings()) {
  std::string out;
  append_snapshot(out, state, settings, 7);
  return out;
}

std::string data_of(const Event& event, const Settings& settings) {
  std::string out;
  append_event_data(out, event, settings, 7);
  return out;
}

// Differences in keys, their order, and types, with the place of each.
class ShapeComparison {
 public:
  // What the examples do not show always (closed_by) or at all, and lists that may be empty there.
  static bool is_ours_only(std::string_view key) {
    return key == "closed_by" || key == "metadata" || key == "version";
  }

  void compare(dom::element expected, dom::element actual, const std::string& at) {
    if (expected.type() != actual.type()) {
      differences.push_back(at);
      return;
    }
    if (expected.is_object()) compare_objects(expected, actual, at);
    if (expected.is_array()) compare_arrays(expected, actual, at);
  }

  std::vector<std::string> differences;

 private:
  static std::vector<std::string_view> keys_of(dom::object object) {
    std::vector<std::string_view> keys;
    for (const auto member : object)
      if (!is_ours_only(member.key)) keys.push_back(member.key);
    return keys;
  }

  void compare_objects(dom::object expected, dom::object actual, const std::string& at) {
    if (keys_of(expected) != keys_of(actual)) {
      differences.push_back(at + " keys");
      return;
    }
    for (const auto member : expected)
      compare(member.value, actual[member.key].value(), at + "/" + std::string{member.key});
  }

  void compare_arrays(dom::array expected, dom::array actual, const std::string& at) {
    if (at == "/return/order/tags") return;  // As the shop has set them.
    if ((expected.size() == 0) != (actual.size() == 0)) differences.push_back(at + " entries");
    const std::size_t count = std::min(expected.size(), actual.size());
    for (std::size_t i = 0; i < count; ++i)
      compare(expected.at(i).value(), actual.at(i).value(), at + "/" + std::to_string(i));
  }
};

// The event of that type in the story that the example is taken from.
Event example_of(EventType type) {
  for (const Ending ending :
       {Ending::kClosed, Ending::kFailed, Ending::kFraud, Ending::kCanceled, Ending::kReset}) {
    for (Event& event : example_events(ending)) {
      if (event.type != type) continue;
      if (event.snapshot.processed_at) event.snapshot.item_outcomes = example_outcomes();
      return event;
    }
  }
  return {};
}

std::vector<std::string> differences_from_example(EventType type) {
  dom::parser expected_parser;
  dom::parser actual_parser;
  const simdjson::padded_string sample{event_catalogue()[index_of(type)].sample_data};
  const simdjson::padded_string data{data_of(example_of(type), example_settings())};
  ShapeComparison comparison;
  comparison.compare(expected_parser.parse(sample).value(), actual_parser.parse(data).value(), "");
  return comparison.differences;
}

class PublishedExample : public ::testing::TestWithParam<EventType> {};

TEST_P(PublishedExample, HasTheKeysTheirOrderAndTheTypesThatAreSent) {
  std::vector<std::string> expected;
  const std::vector<Shipment> shipments = example_of(GetParam()).snapshot.shipments;
  // The carrier of the example has told of the label by itself; that is no command here.
  if (!shipments.empty() && shipments.front().scans.empty())
    expected = {"/return/shipments/0/carrier_status"};
  // The other payout is given to the provider together with the refund, and arrives.
  if (GetParam() == EventType::kReturnAutoCloseFailed)
    expected = {"/return/items/0/gift_card/issued_id",
                "/return/items/0/gift_card/last_characters",
                "/return/payouts/1/external_id",
                "/return/payouts/1/executed_at"};
  EXPECT_EQ(differences_from_example(GetParam()), expected);
}

INSTANTIATE_TEST_SUITE_P(Snapshot,
                         PublishedExample,
                         ::testing::ValuesIn(all_event_types()),
                         [](const auto& type) {
                           std::string name{event_type_name(type.param)};
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

TEST(Snapshot, IsValidAgainstThePublishedSchemaWhateverHappens) {
  EventParser parser;
  std::set<EventType> reached;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    RandomReturn random(seed);
    const Settings settings = random.draw_settings();
    ReturnState state;
    Timestamp now{std::chrono::milliseconds{1'770'000'000'000}};
    for (int step = 0; step < 120; ++step) {
      now += random.draw_pause();
      Outcome outcome = decide(state, random.draw_command(state, now), now, settings);
      if (!outcome) continue;
      state = outcome->state;
      if (seed % 2 == 0) state.facts = example_facts();
      for (const Event& event : outcome->events) {
        reached.insert(event.type);
        const std::string data = data_of(event, settings);
        const Status status = parser.check_data(event.type, data);
        ASSERT_TRUE(status) << status.error().detail << "\n" << data;
      }
    }
  }
  for (const EventType type : all_event_types())
    EXPECT_TRUE(reached.contains(type)) << event_type_name(type);
}

TEST(Snapshot, MetadataIsThatOfTheShopByteForByte) {
  ReturnState state;
  state.facts = example_facts();
  EXPECT_TRUE(snapshot_of(state).contains(R"("metadata":{"erp": "D365", "n": 1.0},"timeline")"));
}

TEST(Snapshot, CardIsIssuedOnlyWhenItsPayoutHasSucceeded) {
  ReturnState state = example_events(Ending::kClosed).back().snapshot;
  EXPECT_TRUE(snapshot_of(state).contains(
      R"("issued_id":"gid://shopify/GiftCard/440001","last_characters":"9F2K")"));
  state.payouts[1].status = PayoutStatus::kFailed;
  EXPECT_TRUE(snapshot_of(state).contains(R"("issued_id":null,"last_characters":null)"));
}

TEST(Snapshot, TotalsAreThoseOfTheProcessingOnceThereAreSome) {
  ReturnState state = example_events(Ending::kClosed).back().snapshot;
  state.processed_totals = state.facts->totals;
  state.processed_totals->refund_total.minor = 12'345;
  EXPECT_TRUE(
      snapshot_of(state).contains(R"("refund_total":{"amount":"123.45","currency":"DKK"})"));
}

TEST(Snapshot, ReleasedExchangeStaysInstantWhenTheSettingChanges) {
  const ReturnState state = example_events(Ending::kClosed).back().snapshot;
  Settings settings = example_settings();
  settings.instant_exchange = Switch::kOff;
  EXPECT_TRUE(
      snapshot_of(state, settings).contains(R"("instant":true,"release_trigger":"hand_in")"));
}

TEST(Snapshot, BonusIsWrittenWithoutNeedlessDigits) {
  ReturnFacts facts = *example_facts();
  ReturnState state;
  for (const auto& [hundredths, text] :
       {std::pair{1000, "10"}, {1250, "12.5"}, {1225, "12.25"}, {5, "0.05"}, {0, "0"}}) {
    facts.items[0].gift_card->bonus_hundredths_of_percent = hundredths;
    state.facts = std::make_shared<const ReturnFacts>(facts);
    EXPECT_TRUE(snapshot_of(state).contains(R"("bonus_percent":")" + std::string{text} + '"'))
        << text;
  }
}

TEST(EventData, InferredHandInIsNoHandIn) {
  Event event;
  event.type = EventType::kShipmentInTransit;
  event.detail = ShipmentDetail{.shipment_id = "shp_01", .scan_index = 2, .is_inferred = true};
  EXPECT_TRUE(data_of(event, {}).ends_with(
      R"("detail":{"shipment_id":"shp_01","tracking_event_index":2,"handed_in":false,"inferred":true}})"));
}

TEST(EventData, HasNoDetailWhereTheTypeHasNone) {
  EXPECT_FALSE(data_of(example_of(EventType::kReturnCreated), {}).contains(R"("detail")"));
}

}  // namespace
}  // namespace returnflows::returns

#include "returnflows/api/timeline_json.h"

#include <chrono>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "returnflows/events/envelope.h"

namespace returnflows {
namespace {

using std::chrono::milliseconds;

const IdCodec kIds{HashKey{1, 2}};
constexpr Timestamp kNow{milliseconds{1'770'000'000'000}};

TimelineEvent event_at(Timestamp at, const std::string& id) {
  TimelineEvent one;
  one.event.public_id = id;
  one.event.type = EventType::kReturnClosed;
  one.event.sequence = 7;
  one.event.created_at = one.event.occurred_at = at;
  Envelope envelope;
  envelope.id = id;
  envelope.type = one.event.type;
  envelope.created_at = envelope.occurred_at = at;
  envelope.account_name = R"(a "shop", "cause":{})";
  envelope.return_id = "ret_1";
  envelope.previous_status = "processed";
  envelope.cause.actor_type = "staff";
  envelope.cause.actor_id = "u-1";
  envelope.cause.actor_name = R"(Anna "A" Ek)";
  envelope.cause.command = "CloseReturn";
  envelope.data_json = R"({"return":{"id":"ret_1","cause":{"command":"no"}}})";
  append_envelope(one.event.body, envelope);
  return one;
}

TimelineDelivery delivery_at(Timestamp at, std::vector<AttemptRecord> attempts = {}) {
  TimelineDelivery one{.delivery = {}, .attempts = std::move(attempts)};
  one.delivery.id = DeliveryId{3};
  one.delivery.event_public_id = "evt_1";
  one.delivery.endpoint = EndpointId{4};
  one.delivery.created_at = at;
  return one;
}

AttemptRecord attempt_at(Timestamp at) {
  AttemptRecord record;
  record.attempt.started_at = at;
  record.attempt.timings.total = std::chrono::microseconds{41'207};
  return record;
}

boost::json::array shown(const std::vector<TimelineEvent>& events) {
  std::string out;
  JsonWriter json(out);
  append_timeline(json, events, kIds);
  return boost::json::parse(out).as_array();
}

std::string kinds_of(const boost::json::array& entries) {
  std::string kinds;
  for (const auto& entry : entries) {
    kinds += entry.at("kind").as_string().front();
  }
  return kinds;
}

TEST(TimelineJson, OrdersEverythingByTime) {
  TimelineEvent first = event_at(kNow, "evt_1");
  first.deliveries.push_back(
      delivery_at(kNow + milliseconds{1}, {attempt_at(kNow + milliseconds{30})}));
  TimelineEvent second = event_at(kNow + milliseconds{20}, "evt_2");
  second.deliveries.push_back(delivery_at(kNow + milliseconds{21}));
  EXPECT_EQ(kinds_of(shown({first, second})), "ededa");
}

TEST(TimelineJson, CausesComeBeforeEffectsOfTheSameMoment) {
  TimelineEvent first = event_at(kNow, "evt_1");
  first.deliveries.push_back(delivery_at(kNow, {attempt_at(kNow)}));
  const TimelineEvent second = event_at(kNow, "evt_2");
  const auto entries = shown({first, second});
  EXPECT_EQ(kinds_of(entries), "eeda");
  EXPECT_EQ(entries.at(0).at("id"), "evt_1");
}

TEST(TimelineJson, TellsWhoCausedAnEvent) {
  const auto entry = shown({event_at(kNow, "evt_1")}).at(0);
  EXPECT_EQ(entry.at("type"), "return.closed");
  EXPECT_EQ(entry.at("sequence"), 7);
  EXPECT_EQ(entry.at_pointer("/cause/actor/type"), "staff");
  EXPECT_EQ(entry.at_pointer("/cause/actor/id"), "u-1");
  EXPECT_EQ(entry.at_pointer("/cause/actor/name"), R"(Anna "A" Ek)");
  EXPECT_EQ(entry.at_pointer("/cause/command"), "CloseReturn");
}

TEST(TimelineJson, TellsWhatADeliveryWaitsFor) {
  TimelineEvent event = event_at(kNow, "evt_1");
  TimelineDelivery owed = delivery_at(kNow);
  owed.delivery.state = DeliveryState::kWaiting;
  owed.delivery.next_attempt_at = kNow + milliseconds{5'000};
  event.deliveries.push_back(owed);
  const auto entry = shown({event}).at(1);
  EXPECT_EQ(entry.at("event_id"), "evt_1");
  EXPECT_EQ(entry.at("status"), "pending");
  EXPECT_EQ(entry.at("next_attempt_at"), "2026-02-02T02:40:05.000Z");
  EXPECT_EQ(entry.at("endpoint_id").as_string(),
            kIds.encode(IdPrefix::kEndpoint, EndpointId{4}, Timestamp{}));
}

TEST(TimelineJson, TellsHowAnAttemptWent) {
  AttemptRecord refused = attempt_at(kNow);
  refused.attempt.number = 2;
  refused.attempt.result = AttemptResult::kConnectRefused;
  refused.sentence = "The connection was refused.";
  TimelineEvent event = event_at(kNow, "evt_1");
  event.deliveries.push_back(delivery_at(kNow, {refused}));
  const auto entries = shown({event});
  const auto& entry = entries.at(2);
  EXPECT_EQ(entry.at("delivery_id"), entries.at(1).at("id"));
  EXPECT_EQ(entry.at("number"), 2);
  EXPECT_TRUE(entry.at("status").is_null());
  EXPECT_EQ(entry.at("result"), "connect_refused");
  EXPECT_EQ(entry.at("summary"), "The connection was refused.");
  EXPECT_EQ(entry.at("delivered"), false);
  EXPECT_DOUBLE_EQ(entry.at("duration_ms").as_double(), 41.207);
}

}  // namespace
}  // namespace returnflows

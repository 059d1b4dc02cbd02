#include "returnflows/api/delivery_json.h"

#include <chrono>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

const IdCodec kIds{HashKey{1, 2}};
constexpr Timestamp kNow{std::chrono::milliseconds{1'770'000'000'000}};

DeliveryRecord record() {
  DeliveryRecord delivery;
  delivery.id = DeliveryId{3};
  delivery.event_public_id = "evt_x";
  delivery.endpoint = EndpointId{4};
  delivery.type = EventType::kReturnClosed;
  delivery.return_id = "ret_1";
  delivery.created_at = delivery.updated_at = delivery.endpoint_created_at = kNow;
  return delivery;
}

boost::json::value shown(const DeliveryRecord& delivery,
                         const std::vector<AttemptRecord>* attempts = nullptr) {
  std::string out;
  JsonWriter json(out);
  append_delivery(json, delivery, kIds, attempts);
  return boost::json::parse(out);
}

TEST(DeliveryJson, ShowsAPendingDelivery) {
  const auto json = shown(record());
  EXPECT_EQ(json.at("status"), "pending");
  EXPECT_EQ(json.at("held"), false);
  EXPECT_EQ(json.at("event_type"), "return.closed");
  EXPECT_TRUE(json.at("last_status").is_null());
  EXPECT_TRUE(json.at("last_error").is_null());
  EXPECT_TRUE(json.at("next_attempt_at").is_null());
  EXPECT_FALSE(json.as_object().contains("attempts"));
}

TEST(DeliveryJson, TellsAHeldOneApart) {
  DeliveryRecord delivery = record();
  delivery.state = DeliveryState::kHeld;
  EXPECT_EQ(shown(delivery).at("status"), "pending");
  EXPECT_EQ(shown(delivery).at("held"), true);
}

TEST(DeliveryJson, NamesWhatWentWrongWithoutAnAnswer) {
  DeliveryRecord delivery = record();
  delivery.last_result = AttemptResult::kConnectRefused;
  delivery.last_sentence = "The connection was refused.";
  EXPECT_EQ(shown(delivery).at("last_error"), "connect_refused");
  EXPECT_EQ(shown(delivery).at("summary"), "The connection was refused.");
}

TEST(DeliveryJson, ShowsAttemptsWithWhatTheReceiverSaid) {
  AttemptRecord attempt;
  attempt.attempt.number = 2;
  attempt.attempt.started_at = kNow;
  attempt.attempt.status = 500;
  attempt.attempt.timings.total = std::chrono::microseconds{1'234'567};
  attempt.attempt.timings.connect = std::chrono::microseconds{42};
  attempt.attempt.answer_headers = "Content-Type: text/plain\r\nX-A:  b: c\r\nnonsense";
  attempt.attempt.answer_body = "caf\xE9 </script>";
  attempt.sentence = "The endpoint answered 500.";
  const std::vector<AttemptRecord> attempts{attempt};
  const auto json = shown(record(), &attempts).at("attempts").at(0);
  EXPECT_EQ(json.at("number"), 2);
  EXPECT_EQ(json.at("status"), 500);
  EXPECT_DOUBLE_EQ(json.at("duration_ms").as_double(), 1234.567);
  EXPECT_DOUBLE_EQ(json.at_pointer("/timings/connect_ms").as_double(), 0.042);
  EXPECT_TRUE(json.at_pointer("/timings/dns_ms").is_null());
  ASSERT_EQ(json.at("headers").as_array().size(), 2U);
  EXPECT_EQ(json.at_pointer("/headers/1/1"), "b: c");
  EXPECT_EQ(json.at("body"), "caf\xEF\xBF\xBD </script>");
  EXPECT_EQ(json.at("body_truncated"), false);
  EXPECT_TRUE(json.at("error").is_null());
  EXPECT_EQ(json.at("delivered"), false);
}

TEST(DeliveryJson, SaysThatABodyWasTruncatedOnlyWhenMoreOfItCame) {
  std::vector<AttemptRecord> attempts(2);
  for (AttemptRecord& attempt : attempts) {
    attempt.attempt.answer_body.assign(limits::kAnswerBodyBytesKept, 'b');
  }
  attempts[1].attempt.answer_body_cut = true;
  const auto json = shown(record(), &attempts);
  EXPECT_EQ(json.at_pointer("/attempts/0/body_truncated"), false);
  EXPECT_EQ(json.at_pointer("/attempts/1/body_truncated"), true);
}

}  // namespace
}  // namespace returnflows

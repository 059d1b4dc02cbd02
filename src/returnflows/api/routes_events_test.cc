// Publishing, reading and listing events, and their deliveries.
#include <string>

#include <gtest/gtest.h>

#include "returnflows/api/api_under_test_test.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

class EventRoutesTest : public ApiUnderTest {};

TEST_F(EventRoutesTest, AcceptedEventIsInTheLogByteForByte) {
  const std::string event = R"({"type":"return.closed","occurred_at":"2026-02-07T02:00:00.210Z",)"
                            R"("data":{"return":{"id":"ret_1","revision":3,"unknown":1.50}}})";
  const ClientAnswer accepted = call("POST", "/v1/events", event);
  ASSERT_EQ(accepted.status, 202) << accepted.body;
  const auto json = accepted.json();
  EXPECT_EQ(json.at("type"), "return.closed");
  EXPECT_EQ(json.at("occurred_at"), "2026-02-07T02:00:00.210Z");
  EXPECT_EQ(json.at_pointer("/subject/type"), "return");
  EXPECT_EQ(json.at_pointer("/subject/id"), "ret_1");
  EXPECT_EQ(json.at_pointer("/subject/sequence"), 1);
  EXPECT_EQ(json.at_pointer("/subject/revision"), 3);
  const std::string id{json.at("id").as_string()};
  const ClientAnswer stored = call("GET", "/v1/events/" + id);
  EXPECT_EQ(stored.status, 200);
  EXPECT_EQ(stored.json().at("id"), json.at("id"));
  EXPECT_NE(stored.body.find(R"("data":{"return":{"id":"ret_1","revision":3,"unknown":1.50}})"),
            std::string::npos);
}

TEST_F(EventRoutesTest, MalformedJsonIs400) {
  expect_problem(call("POST", "/v1/events", R"({"type":)"), 400, "invalid_input");
  expect_problem(call("POST", "/v1/events"), 400, "invalid_input");
}

TEST_F(EventRoutesTest, WrongFieldsAreNamed) {
  const ClientAnswer answer =
      call("POST", "/v1/events", R"({"type":"retrun.created","data":{"return":{}}})");
  expect_problem(answer, 400, "invalid_input");
  EXPECT_EQ(answer.json().at_pointer("/errors/0/pointer"), "/type");
}

TEST_F(EventRoutesTest, TheProducersIdIsAcceptedOnce) {
  const std::string event = event_json("ret_1", "return.created", R"(,"id":"mine-1")");
  const ClientAnswer first = call("POST", "/v1/events", event);
  ASSERT_EQ(first.status, 202) << first.body;
  EXPECT_EQ(first.json().at("id"), "mine-1");
  EXPECT_EQ(call("POST", "/v1/events", event).body, first.body);
  expect_problem(
      call("POST", "/v1/events", event_json("ret_2", "return.created", R"(,"id":"mine-1")")),
      422,
      "idempotency_mismatch");
  EXPECT_EQ(call("GET", "/v1/events").json().at("data").as_array().size(), 1U);
}

TEST_F(EventRoutesTest, TheSameIdempotencyKeyGetsTheSameAnswer) {
  const CallOptions quoted{.key = {}, .headers = "Idempotency-Key: \"abc\"\r\n"};
  const CallOptions bare{.key = {}, .headers = "Idempotency-Key: abc\r\n"};
  const ClientAnswer first = call("POST", "/v1/events", event_json("ret_1"), quoted);
  ASSERT_EQ(first.status, 202) << first.body;
  EXPECT_EQ(call("POST", "/v1/events", event_json("ret_1"), bare).body, first.body);
  expect_problem(
      call("POST", "/v1/events", event_json("ret_2"), bare), 422, "idempotency_mismatch");
  EXPECT_EQ(call("GET", "/v1/events").json().at("data").as_array().size(), 1U);
  const CallOptions too_long{.key = {},
                             .headers = "Idempotency-Key: " + std::string(256, 'k') + "\r\n"};
  expect_problem(call("POST", "/v1/events", event_json("ret_3"), too_long), 400, "invalid_input");
}

TEST_F(EventRoutesTest, BatchIsAcceptedAllOrNothing) {
  const ClientAnswer bad = call(
      "POST", "/v1/events/batch", "[" + event_json("ret_1") + R"(,{"type":"return.created"}])");
  expect_problem(bad, 400, "invalid_input");
  EXPECT_EQ(bad.json().at_pointer("/errors/0/pointer"), "/1/data");
  EXPECT_TRUE(call("GET", "/v1/events").json().at("data").as_array().empty());
  const ClientAnswer good =
      call("POST",
           "/v1/events/batch",
           event_json("ret_1") + "\n" + event_json("ret_1") + "\n" + event_json("ret_2"),
           {.key = {}, .headers = "Content-Type: application/x-ndjson\r\n"});
  ASSERT_EQ(good.status, 202) << good.body;
  EXPECT_EQ(good.json().at("data").as_array().size(), 3U);
  EXPECT_EQ(good.json().at_pointer("/data/1/subject/sequence"), 2);
}

TEST_F(EventRoutesTest, ListGoesPageByPage) {
  for (int i = 0; i < 5; ++i) {
    publish("ret_" + std::to_string(i));
  }
  std::string target = "/v1/events?limit=2";
  std::string seen;
  for (int page = 0; page < 4; ++page) {
    const auto json = call("GET", target).json();
    for (const auto& event : json.at("data").as_array()) {
      seen += event.at_pointer("/subject/id").as_string().c_str();
      seen += ' ';
    }
    if (json.at("next_cursor").is_null()) break;
    target = "/v1/events?limit=2&cursor=" + std::string{json.at("next_cursor").as_string()};
  }
  EXPECT_EQ(seen, "ret_0 ret_1 ret_2 ret_3 ret_4 ");
}

TEST_F(EventRoutesTest, ListFilters) {
  const std::string first = publish("ret_1", "return.created");
  publish("ret_2", "shipment.event.delivered");
  publish("ret_1", "return.closed");
  const auto count = [this](std::string_view query) {
    return call("GET", "/v1/events?" + std::string{query}).json().at("data").as_array().size();
  };
  EXPECT_EQ(count("return_id=ret_1"), 2U);
  EXPECT_EQ(count("type=shipment.delivered"), 1U);
  EXPECT_EQ(count("after=" + first), 2U);
  EXPECT_EQ(count("since=2020-01-01T00:00:00Z"), 3U);
  EXPECT_EQ(count("until=2020-01-01T00:00:00Z"), 0U);
  EXPECT_EQ(call("GET", "/v1/events?order=desc&limit=1").json().at_pointer("/data/0/type"),
            "return.closed");
}

TEST_F(EventRoutesTest, ListRefusesWhatItDoesNotKnow) {
  for (const std::string_view query : {"limit=0",
                                       "limit=251",
                                       "cursor=zzz",
                                       "order=up",
                                       "type=nothing",
                                       "since=yesterday",
                                       "after=evt_unknown",
                                       "colour=red"}) {
    const ClientAnswer answer = call("GET", "/v1/events?" + std::string{query});
    expect_problem(answer, 400, "invalid_parameter");
  }
}

TEST_F(EventRoutesTest, DeliveriesAreListedCanceledAndRetried) {
  const std::string endpoint = create_endpoint();
  const std::string event = publish("ret_1");
  publish("ret_1", "return.closed");
  const auto listed = call("GET", "/v1/deliveries?event_id=" + event).json();
  ASSERT_EQ(listed.at("data").as_array().size(), 1U);
  const auto delivery = listed.at("data").at(0);
  EXPECT_EQ(delivery.at("status"), "pending");
  EXPECT_EQ(delivery.at("endpoint_id").as_string(), endpoint);
  EXPECT_EQ(delivery.at("held"), false);
  const std::string path = "/v1/deliveries/" + std::string{delivery.at("id").as_string()};
  EXPECT_TRUE(call("GET", path).json().at("attempts").as_array().empty());
  EXPECT_EQ(call("POST", path + "/cancel").json().at("status"), "canceled");
  expect_problem(call("POST", path + "/cancel"), 409, "conflict");
  EXPECT_EQ(call("POST", path + "/retry").json().at("status"), "pending");
}

TEST_F(EventRoutesTest, DeliveriesAreFiltered) {
  const std::string endpoint = create_endpoint();
  publish("ret_1");
  publish("ret_1", "return.closed");
  publish("ret_2");
  const auto count = [this](std::string_view query) {
    return call("GET", "/v1/deliveries?" + std::string{query}).json().at("data").as_array().size();
  };
  EXPECT_EQ(count(""), 3U);
  EXPECT_EQ(count("endpoint_id=" + endpoint), 3U);
  EXPECT_EQ(count("return_id=ret_1"), 2U);
  EXPECT_EQ(count("status=pending&type=return.closed"), 1U);
  EXPECT_EQ(count("status=delivered"), 0U);
  expect_problem(call("GET", "/v1/deliveries?status=lost"), 400, "invalid_parameter");
  expect_problem(call("GET", "/v1/deliveries?endpoint_id=x"), 400, "invalid_parameter");
  const auto held = call("GET", "/v1/deliveries?type=return.closed").json();
  EXPECT_EQ(held.at_pointer("/data/0/held"), true);
}

}  // namespace
}  // namespace returnflows

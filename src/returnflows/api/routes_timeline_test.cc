// The timeline of a return: its events, deliveries and attempts in one list.
#include <chrono>
#include <future>
#include <set>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "returnflows/api/api_under_test_test.h"

namespace returnflows {
namespace {

class TimelineRoutesTest : public ApiUnderTest {
 protected:
  // A return that is kept here and created by this; its id.
  std::string create_return() {
    const ClientAnswer answer = call(
        "POST",
        "/v1/returns",
        R"({"order":{"id":"1001","currency":"DKK"},"customer":{"email":"a@example.com"},"items":[)"
        R"({"sku":"TEE","action":"refund","prices":{"unit_price":{"amount":"5.00",)"
        R"("currency":"DKK"}}}]})");
    EXPECT_EQ(answer.status, 201) << answer.body;
    return std::string{answer.json().at("id").as_string()};
  }

  boost::json::value timeline(const std::string& return_id, const std::string& query = {}) {
    const ClientAnswer answer = call("GET", "/v1/returns/" + return_id + "/timeline" + query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json();
  }

  // Records an attempt of the delivery that was answered `status`.
  void settle(const std::string& delivery_id, int status, DeliveryState next) {
    SettleAttempt transition;
    transition.delivery =
        DeliveryId{store_->ids().decode(IdPrefix::kDelivery, delivery_id).value().row};
    transition.attempt.status = status;
    transition.attempt.started_at = clock_.now();
    transition.sentence = "The endpoint answered " + std::to_string(status) + ".";
    transition.next_state = next;
    transition.next_attempt_at = clock_.now() + std::chrono::seconds{5};
    std::promise<Result<DeliveryState>> settled;
    journal_->submit(std::move(transition), shards_.at(0), [&settled](auto outcome) {
      settled.set_value(std::move(outcome));
    });
    const auto outcome = settled.get_future().get();
    ASSERT_TRUE(outcome.has_value()) << outcome.error().detail;
  }

  std::string delivery_of(const std::string& event_id) {
    const auto listed = call("GET", "/v1/deliveries?event_id=" + event_id).json();
    return std::string{listed.at("data").at(0).at("id").as_string()};
  }
};

TEST_F(TimelineRoutesTest, ShowsEventsDeliveriesAndAttempts) {
  create_endpoint();
  const std::string event = publish("ret_1");
  const std::string delivery = delivery_of(event);
  settle(delivery, 503, DeliveryState::kWaiting);
  const auto shown = timeline("ret_1");
  EXPECT_TRUE(shown.at("next_cursor").is_null());
  const auto& entries = shown.at("data").as_array();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries.at(0).at("id").as_string(), event);
  EXPECT_EQ(entries.at(0).at_pointer("/cause/command"), "PublishEvent");
  EXPECT_EQ(entries.at(1).at("id").as_string(), delivery);
  EXPECT_EQ(entries.at(1).at("status"), "pending");
  EXPECT_TRUE(entries.at(1).at("next_attempt_at").is_string());
  EXPECT_EQ(entries.at(2).at("delivery_id").as_string(), delivery);
  EXPECT_EQ(entries.at(2).at("status"), 503);
  EXPECT_EQ(entries.at(2).at("summary"), "The endpoint answered 503.");
}

TEST_F(TimelineRoutesTest, ShowsReturnsThatAreKeptHere) {
  const std::string id = create_return();
  const auto shown = timeline(id);
  const auto& entries = shown.at("data").as_array();
  ASSERT_EQ(entries.size(), 2U);  // Nothing is due, so it is completed at once.
  EXPECT_EQ(entries.at(0).at("type"), "return.created");
  EXPECT_EQ(entries.at(0).at_pointer("/cause/command"), "CreateReturn");
  EXPECT_EQ(entries.at(1).at("type"), "return.completed");
  EXPECT_EQ(entries.at(1).at("sequence"), 2);
}

TEST_F(TimelineRoutesTest, LeavesOutOtherReturns) {
  publish("ret_1");
  publish("ret_2");
  EXPECT_EQ(timeline("ret_1").at("data").as_array().size(), 1U);
}

TEST_F(TimelineRoutesTest, PagesCountEventsWithAllThatBelongsToThem) {
  create_endpoint();
  for (int i = 0; i < 5; ++i) {
    publish("ret_1");
  }
  std::set<std::string> seen;
  std::string query = "?limit=2";
  int pages = 0;
  while (pages < 5) {
    ++pages;
    const auto shown = timeline("ret_1", query);
    for (const auto& entry : shown.at("data").as_array()) {
      EXPECT_TRUE(seen.emplace(entry.at("id").as_string()).second);
    }
    if (shown.at("next_cursor").is_null()) break;
    query = "?limit=2&cursor=" + std::string{shown.at("next_cursor").as_string()};
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen.size(), 10U);
}

TEST_F(TimelineRoutesTest, KnowsNoReturnOfAnotherMerchant) {
  const std::string id = create_return();
  publish("ret_1");
  ASSERT_EQ(call("POST", "/v1/merchants", R"({"name":"Two","slug":"two"})").status, 201);
  const CallOptions as_other{.key = {}, .headers = "Returnflows-Merchant: two\r\n"};
  for (const std::string& unknown : {id, std::string{"ret_1"}}) {
    expect_problem(
        call("GET", "/v1/returns/" + unknown + "/timeline", {}, as_other), 404, "not_found");
  }
}

TEST_F(TimelineRoutesTest, UnknownReturnIs404) {
  expect_problem(call("GET", "/v1/returns/ret_nope/timeline"), 404, "not_found");
}

TEST_F(TimelineRoutesTest, RefusesWhatItDoesNotKnow) {
  publish("ret_1");
  for (const std::string_view query : {"limit=0", "limit=51", "cursor=zzz", "order=desc"}) {
    expect_problem(
        call("GET", "/v1/returns/ret_1/timeline?" + std::string{query}), 400, "invalid_parameter");
  }
}

}  // namespace
}  // namespace returnflows

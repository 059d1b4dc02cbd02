// Settings over HTTP: their versions, their secrets, and the returns that follow them.
#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "returnflows/api/api_under_test_test.h"

namespace returnflows {
namespace {

constexpr std::string_view kPath = "/v1/settings";
constexpr std::string_view kAutoClose = R"({"auto_close":{"enabled":true,"trigger":"handed_in"}})";

class SettingsRoutesTest : public ApiUnderTest {
 protected:
  ClientAnswer patch(std::string_view body, std::string headers = {}) {
    return call("PATCH", kPath, body, {.key = {}, .headers = std::move(headers)});
  }

  // A return whose parcel has been handed in; its path.
  std::string path_of_handed_in(const std::string& tracking_number) {
    const ClientAnswer made = call("POST", "/v1/returns", R"({
      "order": {"id": "1001", "currency": "DKK"}, "customer": {"email": "anna@example.com"},
      "items": [{"sku": "TEE", "action": "refund",
                 "prices": {"unit_price": {"amount": "200.00", "currency": "DKK"}}}]})");
    EXPECT_EQ(made.status, 201) << made.body;
    const std::string path = "/v1/returns/" + std::string{made.json().at("id").as_string()};
    const std::string number = R"("tracking_number":")" + tracking_number + '"';
    EXPECT_EQ(call("POST", path + "/label", R"({"carrier":"gls_dk",)" + number + "}").status, 200);
    const ClientAnswer scanned =
        call("POST",
             "/v1/scans",
             "{" + number + R"(,"status":"in_transit","occurred_at":"2026-02-04T15:22:00Z"})");
    EXPECT_EQ(scanned.status, 200) << scanned.body;
    return path;
  }

  std::string auto_close_of(const std::string& path) {
    return std::string{call("GET", path).json().at_pointer("/auto_close/status").as_string()};
  }
};

TEST_F(SettingsRoutesTest, AreDefaultsAtVersionZeroUntilTheyChange) {
  const ClientAnswer answer = call("GET", kPath);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("etag"), "\"v0\"");
  EXPECT_EQ(answer.json().at("version"), 0);
  EXPECT_EQ(answer.json().at_pointer("/auto_close/enabled"), false);
}

TEST_F(SettingsRoutesTest, PatchAnswersWithWhatGetShowsAfterwards) {
  const ClientAnswer patched =
      patch(R"({"instant_exchange":true})", "Content-Type: application/merge-patch+json\r\n");
  ASSERT_EQ(patched.status, 200) << patched.body;
  EXPECT_EQ(patched.json().at("instant_exchange"), true);
  EXPECT_EQ(patched.header("etag"), "\"v1\"");
  EXPECT_EQ(call("GET", kPath).body, patched.body);
}

TEST_F(SettingsRoutesTest, NeverShowSecrets) {
  const ClientAnswer patched =
      patch(R"({"payouts":{"url":"https://pay.example.com/out","secret":"correct horse"},
                "carriers":{"generic":{"secret":"battery-staple"}}})");
  ASSERT_EQ(patched.status, 200) << patched.body;
  for (const std::string& body : {patched.body, call("GET", kPath).body}) {
    EXPECT_EQ(body.find("horse"), std::string::npos);
    EXPECT_EQ(body.find("staple"), std::string::npos);
  }
  EXPECT_EQ(patched.json().at_pointer("/payouts/secret_set"), true);
  EXPECT_EQ(patched.json().at_pointer("/carriers/generic/secret_set"), true);
}

TEST_F(SettingsRoutesTest, WrongFieldsAreNamedAndNothingIsWritten) {
  const ClientAnswer answer =
      patch(R"({"instant_exchange":true,"auto_close":{"delay_hours":721}})");
  expect_problem(answer, 400, "invalid_input");
  EXPECT_EQ(answer.json().at_pointer("/errors/0/pointer"), "/auto_close/delay_hours");
  expect_problem(patch("[]"), 400, "invalid_input");
  EXPECT_EQ(call("GET", kPath).header("etag"), "\"v0\"");
}

TEST_F(SettingsRoutesTest, IfMatchGuardsAgainstLostUpdates) {
  EXPECT_EQ(patch(R"({"instant_exchange":true})", "If-Match: \"v0\"\r\n").status, 200);
  const ClientAnswer late = patch(R"({"instant_exchange":false})", "If-Match: \"v0\"\r\n");
  expect_problem(late, 412, "precondition_failed");
  EXPECT_NE(late.body.find("version 1"), std::string::npos) << late.body;
  EXPECT_EQ(call("GET", kPath).json().at("instant_exchange"), true);
}

TEST_F(SettingsRoutesTest, ATagOfSomebodyElseIsNotThatOfSettingsNobodyChanged) {
  expect_problem(patch("{}", "If-Match: \"abc\"\r\n"), 412, "precondition_failed");
}

// Both changes are in one group, so that both were made from the same version.
TEST_F(SettingsRoutesTest, OfTwoRacingChangesWithoutIfMatchBothAreMade) {
  transitions_->close_gate();
  LoopbackClient blocker(api_->port());
  blocker.send(request("POST", "/v1/api-keys", R"({"description":"shop"})"));
  transitions_->wait_for_held_commit();
  LoopbackClient one(api_->port());
  LoopbackClient other(api_->port());
  one.send(request("PATCH", kPath, R"({"instant_exchange":true})"));
  other.send(request("PATCH", kPath, R"({"payment_alert_hours":5})"));
  const Monotonic give_up = monotonic_now() + std::chrono::seconds{10};
  while (journal_->statistics().queued < 2 && monotonic_now() < give_up) {
    std::this_thread::yield();
  }
  transitions_->open_gate();
  EXPECT_EQ(one.receive().status, 200);
  EXPECT_EQ(other.receive().status, 200);
  const auto settings = call("GET", kPath).json();
  EXPECT_EQ(settings.at("version"), 2);
  EXPECT_EQ(settings.at("instant_exchange"), true);
  EXPECT_EQ(settings.at("payment_alert_hours"), 5);
}

TEST_F(SettingsRoutesTest, OpenReturnsHaveFollowedWhenPatchAnswers) {
  const std::string path = path_of_handed_in("GLS0000000001");
  EXPECT_NE(auto_close_of(path), "counting_down");
  ASSERT_EQ(patch(kAutoClose).status, 200);
  EXPECT_EQ(auto_close_of(path), "counting_down");
  ASSERT_EQ(patch(R"({"auto_close":{"enabled":false}})").status, 200);
  EXPECT_EQ(auto_close_of(path), "cancelled");
}

// A page has 128 of them.
TEST_F(SettingsRoutesTest, MoreOpenReturnsThanOnePageFollow) {
  constexpr int kReturns = 130;
  std::vector<std::string> paths;
  for (int i = 0; i < kReturns; ++i) {
    paths.push_back(path_of_handed_in("GLS" + std::to_string(i)));
  }
  ASSERT_EQ(patch(kAutoClose).status, 200);
  for (const std::string& path : paths) {
    EXPECT_EQ(auto_close_of(path), "counting_down") << path;
  }
}

TEST_F(SettingsRoutesTest, EachMerchantHasItsOwn) {
  ASSERT_EQ(call("POST", "/v1/merchants", R"({"name":"Second Shop"})").status, 201);
  const std::string second = "Returnflows-Merchant: second-shop\r\n";
  ASSERT_EQ(patch(R"({"instant_exchange":true})", second).status, 200);
  const CallOptions of_default{.key = {}, .headers = "Returnflows-Merchant: default\r\n"};
  EXPECT_EQ(call("GET", kPath, {}, of_default).json().at("instant_exchange"), false);
}

TEST_F(SettingsRoutesTest, NeedAKey) {
  const CallOptions nobody{.key = "none", .headers = {}};
  expect_problem(call("GET", kPath, {}, nobody), 401, "unauthorized");
  expect_problem(call("PATCH", kPath, "{}", nobody), 401, "unauthorized");
}

}  // namespace
}  // namespace returnflows

#include "returnflows/api/settings_json.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "returnflows/base/random.h"

namespace returnflows {
namespace {

using returns::PayoutProvider;
using returns::Switch;

constexpr std::string_view kPayouts =
    R"({"payouts":{"url":"https://pay.example.com/out","secret":"correct horse"}})";

class SettingsJson : public testing::Test {
 protected:
  Result<MerchantSettings> patched(std::string_view patch, MerchantSettings base) {
    return patch_settings(boost::json::parse({patch.data(), patch.size()}).as_object(),
                          std::move(base),
                          {.egress_policy = policy_, .secret_box = box_});
  }

  Result<MerchantSettings> patched(std::string_view patch) { return patched(patch, base_); }

  // The pointer of the only mistake in `patch`, and its sentence.
  std::pair<std::string, std::string> mistake_in(std::string_view patch) {
    const auto settings = patched(patch);
    if (settings) return {"none", ""};
    EXPECT_EQ(settings.error().fields.size(), 1U) << settings.error().detail;
    const FieldError& field = settings.error().fields.front();
    return {field.pointer, field.detail};
  }

  static boost::json::value shown(const MerchantSettings& settings) {
    std::string text;
    JsonWriter json(text);
    append_settings(json, settings);
    return boost::json::parse(text);
  }

  SystemRandom random_;
  SecretBox box_{SecretBox::Key{1, 2, 3}, random_};
  EgressPolicy policy_;
  MerchantSettings base_{.merchant = MerchantId{7}, .version = 3};
};

TEST_F(SettingsJson, ShowsTheDefaults) {
  EXPECT_EQ(shown(MerchantSettings{}), boost::json::parse(R"({
    "auto_close": {"enabled": false, "trigger": "delivered", "delay_hours": 12},
    "instant_exchange": false,
    "after_close_check_seconds": 300,
    "payment_alert_hours": null,
    "payouts": {"url": null, "secret_set": false},
    "carriers": {
      "easypost": {"secret_set": false},
      "shippo": {"secret_set": false},
      "aftership": {"secret_set": false},
      "ship24": {"secret_set": false},
      "17track": {"secret_set": false},
      "generic": {"secret_set": false}
    },
    "version": 0
  })"));
}

TEST_F(SettingsJson, TakesEveryRule) {
  const auto settings = patched(R"({
    "auto_close": {"enabled": true, "trigger": "handed_in", "delay_hours": 0},
    "instant_exchange": true, "after_close_check_seconds": 86400, "payment_alert_hours": 8760})");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->rules.auto_close, Switch::kOn);
  EXPECT_EQ(settings->rules.trigger, returns::Trigger::kHandedIn);
  EXPECT_EQ(settings->rules.delay, std::chrono::hours{0});
  EXPECT_EQ(settings->rules.instant_exchange, Switch::kOn);
  EXPECT_EQ(settings->rules.after_close_check, std::chrono::hours{24});
  EXPECT_EQ(settings->rules.payment_alert, std::chrono::hours{8760});
}

TEST_F(SettingsJson, LeavesWhatIsAbsentAsItWas) {
  base_.rules.auto_close = Switch::kOn;
  base_.rules.delay = std::chrono::hours{24};
  base_.rules.payment_alert = std::chrono::hours{5};
  const auto settings = patched(R"({"auto_close": {"trigger": "handed_in"}})");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->rules.auto_close, Switch::kOn);
  EXPECT_EQ(settings->rules.delay, std::chrono::hours{24});
  EXPECT_EQ(settings->rules.payment_alert, std::chrono::hours{5});
}

TEST_F(SettingsJson, NullGoesBackToTheDefault) {
  auto settings = patched(R"({
    "auto_close": {"enabled": true, "trigger": "handed_in", "delay_hours": 1},
    "instant_exchange": true, "after_close_check_seconds": 1, "payment_alert_hours": 1,
    "payouts": {"url": "https://pay.example.com/out", "secret": "correct horse"},
    "carriers": {"ship24": {"secret": "correct-horse"}}})");
  ASSERT_TRUE(settings) << settings.error().detail;
  settings = patched(R"({"auto_close": null, "instant_exchange": null, "payouts": null,
    "after_close_check_seconds": null, "payment_alert_hours": null, "carriers": null})",
                     std::move(*settings));
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(shown(*settings), shown(base_));
}

TEST_F(SettingsJson, NullInsideOfAnObjectGoesBackToTheDefaultOfThatMember) {
  base_.rules.auto_close = Switch::kOn;
  base_.rules.delay = std::chrono::hours{24};
  const auto settings = patched(R"({"auto_close": {"delay_hours": null}})");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->rules.auto_close, Switch::kOn);
  EXPECT_EQ(settings->rules.delay, std::chrono::hours{12});
}

TEST_F(SettingsJson, NamesEveryValueThatIsOutOfBounds) {
  for (const auto& [patch, pointer] : {
           std::pair{R"({"auto_close": {"delay_hours": -1}})", "/auto_close/delay_hours"},
           std::pair{R"({"auto_close": {"delay_hours": 721}})", "/auto_close/delay_hours"},
           std::pair{R"({"auto_close": {"trigger": "opened"}})", "/auto_close/trigger"},
           std::pair{R"({"auto_close": {"enabled": "yes"}})", "/auto_close/enabled"},
           std::pair{R"({"auto_close": true})", "/auto_close"},
           std::pair{R"({"instant_exchange": 1})", "/instant_exchange"},
           std::pair{R"({"after_close_check_seconds": 0})", "/after_close_check_seconds"},
           std::pair{R"({"after_close_check_seconds": 86401})", "/after_close_check_seconds"},
           std::pair{R"({"payment_alert_hours": 0})", "/payment_alert_hours"},
           std::pair{R"({"payment_alert_hours": 8761})", "/payment_alert_hours"},
           std::pair{R"({"payouts": "https://pay.example.com"})", "/payouts"},
           std::pair{R"({"carriers": {"ship24": "secret"}})", "/carriers/ship24"},
       }) {
    EXPECT_EQ(mistake_in(patch).first, pointer) << patch;
  }
}

TEST_F(SettingsJson, NamesAnUnknownMemberAndTheNearestOne) {
  for (const auto& [patch, pointer, nearest] : {
           std::tuple{R"({"autoclose": {}})", "/autoclose", "auto_close"},
           std::tuple{
               R"({"auto_close": {"delay_hour": 1}})", "/auto_close/delay_hour", "delay_hours"},
           std::tuple{R"({"payouts": {"uri": "x"}})", "/payouts/uri", "url"},
           std::tuple{R"({"carriers": {"easy_post": {}}})", "/carriers/easy_post", "easypost"},
           std::tuple{R"({"carriers": {"shippo": {"secrets": "x"}}})",
                      "/carriers/shippo/secrets",
                      "secret"},
       }) {
    const auto [found, detail] = mistake_in(patch);
    EXPECT_EQ(found, pointer);
    EXPECT_NE(detail.find("did you mean '" + std::string{nearest} + "'?"), std::string::npos)
        << detail;
  }
}

TEST_F(SettingsJson, SaysHowWhatIsOnlyShownCanBeChanged) {
  EXPECT_NE(mistake_in(R"({"version": 3})").second.find("If-Match"), std::string::npos);
  EXPECT_NE(mistake_in(R"({"payouts": {"secret_set": true}})").second.find("send `secret`"),
            std::string::npos);
}

TEST_F(SettingsJson, SealsSecretsBoundToTheirMerchantAndUse) {
  const auto settings = patched(
      R"({"payouts":{"url":"https://pay.example.com/out","secret":"correct horse"},
          "carriers":{"easypost":{"secret":"battery-staple"}}})");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(box_.open(settings->payouts_secret, "settings/7/payouts")->reveal(), "correct horse");
  EXPECT_EQ(
      box_.open(settings->carrier_secrets.at("easypost"), "settings/7/carriers/easypost")->reveal(),
      "battery-staple");
  EXPECT_FALSE(box_.open(settings->payouts_secret, "settings/8/payouts"));
}

TEST_F(SettingsJson, AUrlOfPayoutsMakesTheProviderExternalAndNullManualAgain) {
  auto settings = patched(kPayouts);
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->rules.payouts, PayoutProvider::kExternal);
  EXPECT_EQ(shown(*settings).at_pointer("/payouts/secret_set"), true);
  settings = patched(R"({"payouts":{"url":null}})", std::move(*settings));
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->rules.payouts, PayoutProvider::kManual);
  EXPECT_TRUE(settings->payouts_secret.empty());
}

TEST_F(SettingsJson, ANewUrlOfPayoutsKeepsTheSecret) {
  const auto settings =
      patched(R"({"payouts":{"url":"https://new.example.com/out"}})", *patched(kPayouts));
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->payouts_url, "https://new.example.com/out");
  EXPECT_EQ(box_.open(settings->payouts_secret, "settings/7/payouts")->reveal(), "correct horse");
}

TEST_F(SettingsJson, PayoutsNeedUrlAndSecretTogether) {
  EXPECT_EQ(mistake_in(R"({"payouts":{"url":"https://pay.example.com/out"}})").first,
            "/payouts/secret");
  EXPECT_EQ(mistake_in(R"({"payouts":{"secret":"correct horse"}})").first, "/payouts/secret");
  EXPECT_EQ(mistake_in(R"({"payouts":{"url":null,"secret":"correct horse"}})").first,
            "/payouts/secret");
  base_ = *patched(kPayouts);
  EXPECT_EQ(mistake_in(R"({"payouts":{"secret":null}})").first, "/payouts/secret");
}

TEST_F(SettingsJson, RefusesAUrlOfPayoutsThatRequestsMustNotGoTo) {
  for (const std::string_view url : {"",
                                     "pay.example.com",
                                     "http://pay.example.com/out",
                                     "https://127.0.0.1/out",
                                     "https://pay.example.com/out?shop=7",
                                     "https://pay.example.com/out#7"}) {
    const std::string patch =
        R"({"payouts":{"secret":"correct horse","url":")" + std::string{url} + R"("}})";
    EXPECT_EQ(mistake_in(patch).first, "/payouts/url") << url;
  }
}

TEST_F(SettingsJson, RefusesSecretsThatAreNone) {
  for (const auto& [patch, pointer] : {
           std::pair{R"({"payouts":{"url":"https://pay.example.com/out","secret":"short"}})",
                     "/payouts/secret"},
           std::pair{R"({"carriers":{"generic":{"secret":"short"}}})", "/carriers/generic/secret"},
           std::pair{R"({"carriers":{"easypost":{"secret":"nøglenøgle"}}})",
                     "/carriers/easypost/secret"},
           std::pair{R"({"carriers":{"shippo":{"secret":"not/in/a/url"}}})",
                     "/carriers/shippo/secret"},
       }) {
    EXPECT_EQ(mistake_in(patch).first, pointer) << patch;
  }
}

TEST_F(SettingsJson, OneCarrierIsTakenAwayAndTheOthersStay) {
  base_ = *patched(
      R"({"carriers":{"easypost":{"secret":"battery-staple"},"generic":{"secret":"correct-horse"},
          "ship24":{"secret":"another-one"}}})");
  const auto settings = patched(R"({"carriers":{"easypost":{"secret":null},"ship24":null}})");
  ASSERT_TRUE(settings) << settings.error().detail;
  const auto carriers = shown(*settings).at("carriers");
  EXPECT_EQ(carriers.at("easypost").at("secret_set"), false);
  EXPECT_EQ(carriers.at("ship24").at("secret_set"), false);
  EXPECT_EQ(carriers.at("generic").at("secret_set"), true);
}

TEST_F(SettingsJson, ReportsAllMistakesAtOnce) {
  const auto settings = patched(
      R"({"instant_exchange":"on","auto_close":{"delay_hours":9999},"payouts":{"url":"nowhere"}})");
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().fields.size(), 3U) << settings.error().detail;
}

}  // namespace
}  // namespace returnflows

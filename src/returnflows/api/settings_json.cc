#include "returnflows/api/settings_json.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "returnflows/api/json_input.h"
#include "returnflows/base/limits.h"
#include "returnflows/base/secret.h"
#include "returnflows/carriers/carrier.h"
#include "returnflows/delivery/signing.h"
#include "returnflows/endpoints/endpoint_url.h"

namespace returnflows {
namespace {

using returns::Switch;
using returns::Trigger;

constexpr std::array<std::string_view, 3> kAutoCloseFields = {"enabled", "trigger", "delay_hours"};
constexpr std::array<std::string_view, 2> kPayoutFields = {"url", "secret"};
constexpr std::array<std::string_view, 1> kCarrierFields = {"secret"};
constexpr std::array kTriggers = {Trigger::kDelivered, Trigger::kHandedIn};

constexpr JsonFields::Elsewhere kSecretSet = {
    .name = "secret_set",
    .detail = "This is only shown; send `secret` to set one, or null there to take it away."};

Switch to_switch(bool on) {
  return on ? Switch::kOn : Switch::kOff;
}

void read_auto_close(JsonFields& fields, returns::Settings& rules) {
  const returns::Settings usual;
  if (fields.is_null("auto_close")) {
    rules.auto_close = usual.auto_close;
    rules.trigger = usual.trigger;
    rules.delay = usual.delay;
  }
  auto auto_close = fields.object("auto_close", kAutoCloseFields);
  if (!auto_close) return;
  if (auto_close->is_null("enabled")) rules.auto_close = usual.auto_close;
  if (const auto on = auto_close->boolean("enabled")) rules.auto_close = to_switch(*on);
  if (auto_close->is_null("trigger")) rules.trigger = usual.trigger;
  if (const auto name = auto_close->text("trigger", limits::kRequestBytesMax)) {
    const auto* const trigger = std::ranges::find(kTriggers, *name, returns::trigger_name);
    if (trigger == kTriggers.end()) {
      auto_close->report("/trigger", R"(Must be "delivered" or "handed_in".)");
    } else {
      rules.trigger = *trigger;
    }
  }
  if (auto_close->is_null("delay_hours")) rules.delay = usual.delay;
  const auto hours = auto_close->integer("delay_hours", 0, limits::kAutoCloseDelayMax.count());
  if (hours) rules.delay = std::chrono::hours{*hours};
}

void read_times(JsonFields& fields, returns::Settings& rules) {
  const returns::Settings usual;
  if (fields.is_null("after_close_check_seconds"))
    rules.after_close_check = usual.after_close_check;
  const auto seconds = fields.integer("after_close_check_seconds",
                                      limits::kAfterCloseCheckMin.count(),
                                      limits::kAfterCloseCheckMax.count());
  if (seconds) rules.after_close_check = std::chrono::seconds{*seconds};
  if (fields.is_null("payment_alert_hours")) rules.payment_alert.reset();
  const auto hours = fields.integer(
      "payment_alert_hours", limits::kPaymentAlertMin.count(), limits::kPaymentAlertMax.count());
  if (hours) rules.payment_alert = std::chrono::hours{*hours};
}

// A payout is asked about at `<url>/<key>`, which leaves no place for what stands behind a path.
void check_payouts_url(JsonFields& payouts, std::string_view url, const EgressPolicy& policy) {
  if (const auto parsed = parse_endpoint_url(url, policy); !parsed) {
    payouts.report("/url", parsed.error().detail);
  } else if (url.find_first_of("?#") != std::string_view::npos) {
    payouts.report("/url",
                   "The key of a payout is put behind this URL to ask about it, so it can have "
                   "neither a query nor a fragment.");
  }
}

// Whether URL and secret go together, unless something has been said about one of them already.
void check_payouts(JsonFields& payouts, const MerchantSettings& settings) {
  if (payouts.reported("/url") || payouts.reported("/secret")) return;
  if (settings.payouts_url.empty() && !settings.payouts_secret.empty()) {
    payouts.report("/secret",
                   "There is no URL whose requests this could sign; send `url` with it, or leave "
                   "it out.");
  }
  if (!settings.payouts_url.empty() && settings.payouts_secret.empty()) {
    payouts.report("/secret",
                   "Payouts are signed, so that whoever pays knows who asks: send a secret of 8 to "
                   "255 printable characters with the URL.");
  }
}

void use_manual_payouts(MerchantSettings& settings) {
  settings.payouts_url.clear();
  settings.payouts_secret = {};
}

void read_payouts(JsonFields& fields, MerchantSettings& settings, const SettingsKeeping& keeping) {
  if (fields.is_null("payouts")) use_manual_payouts(settings);
  auto payouts = fields.object("payouts", kPayoutFields, {kSecretSet});
  if (!payouts) return;
  if (payouts->is_null("url")) use_manual_payouts(settings);
  if (auto url = payouts->text("url", limits::kUrlBytesMax)) {
    check_payouts_url(*payouts, *url, keeping.egress_policy);
    settings.payouts_url = std::move(*url);
  }
  if (payouts->is_null("secret")) settings.payouts_secret = {};
  if (auto secret = payouts->text("secret", limits::kRequestBytesMax)) {
    if (const Status checked = check_secret(*secret); !checked) {
      payouts->report("/secret", checked.error().detail);
    }
    settings.payouts_secret = keeping.secret_box.seal(
        Secret(std::move(*secret)), settings_secret_name(settings.merchant, "payouts"));
  }
  check_payouts(*payouts, settings);
}

void read_carrier(JsonFields& all,
                  carriers::Carrier carrier,
                  MerchantSettings& settings,
                  const SettingsKeeping& keeping) {
  const std::string name{carriers::carrier_name(carrier)};
  if (all.is_null(name)) settings.carrier_secrets.erase(name);
  auto fields = all.object(name, kCarrierFields, {kSecretSet});
  if (!fields) return;
  if (fields->is_null("secret")) settings.carrier_secrets.erase(name);
  auto secret = fields->text("secret", limits::kRequestBytesMax);
  if (!secret) return;
  if (const Status checked = carriers::check_carrier_secret(carrier, *secret); !checked) {
    fields->report("/secret", checked.error().detail);
  }
  settings.carrier_secrets[name] = keeping.secret_box.seal(
      Secret(std::move(*secret)), settings_secret_name(settings.merchant, "carriers/" + name));
}

void read_carriers(JsonFields& fields, MerchantSettings& settings, const SettingsKeeping& keeping) {
  if (fields.is_null("carriers")) settings.carrier_secrets.clear();
  std::array<std::string_view, carriers::kCarriers.size()> names;
  std::ranges::transform(carriers::kCarriers, names.begin(), carriers::carrier_name);
  auto all = fields.object("carriers", names);
  if (!all) return;
  for (const carriers::Carrier carrier : carriers::kCarriers) {
    read_carrier(*all, carrier, settings, keeping);
  }
}

void append_carriers(JsonWriter& json, const MerchantSettings& settings) {
  json.key("carriers").open_object();
  for (const carriers::Carrier carrier : carriers::kCarriers) {
    const std::string_view name = carriers::carrier_name(carrier);
    json.key(name).open_object();
    json.member("secret_set", settings.carrier_secrets.contains(name));
    json.close_object();
  }
  json.close_object();
}

}  // namespace

void append_settings(JsonWriter& json, const MerchantSettings& settings) {
  const returns::Settings& rules = settings.rules;
  json.open_object();
  json.key("auto_close").open_object();
  json.member("enabled", rules.auto_close == Switch::kOn);
  json.member("trigger", returns::trigger_name(rules.trigger));
  json.member("delay_hours", rules.delay.count());
  json.close_object();
  json.member("instant_exchange", rules.instant_exchange == Switch::kOn);
  json.member("after_close_check_seconds", rules.after_close_check.count());
  if (rules.payment_alert) {
    json.member("payment_alert_hours", rules.payment_alert->count());
  } else {
    json.key("payment_alert_hours").null();
  }
  json.key("payouts").open_object();
  json.member_or_null("url", settings.payouts_url);
  json.member("secret_set", !settings.payouts_secret.empty());
  json.close_object();
  append_carriers(json, settings);
  json.member("version", settings.version);
  json.close_object();
}

Result<MerchantSettings> patch_settings(const boost::json::object& patch,
                                        MerchantSettings base,
                                        const SettingsKeeping& keeping) {
  JsonFields fields(patch,
                    {"auto_close",
                     "instant_exchange",
                     "after_close_check_seconds",
                     "payment_alert_hours",
                     "payouts",
                     "carriers"},
                    {{"version", "This is only shown; send it as `If-Match`."}});
  returns::Settings& rules = base.rules;
  read_auto_close(fields, rules);
  if (fields.is_null("instant_exchange"))
    rules.instant_exchange = returns::Settings{}.instant_exchange;
  if (const auto on = fields.boolean("instant_exchange")) rules.instant_exchange = to_switch(*on);
  read_times(fields, rules);
  read_payouts(fields, base, keeping);
  read_carriers(fields, base, keeping);
  RF_TRY_STATUS(fields.finish());
  rules.payouts = base.payouts_url.empty() ? returns::PayoutProvider::kManual
                                           : returns::PayoutProvider::kExternal;
  return base;
}

}  // namespace returnflows

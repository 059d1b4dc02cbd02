#include "returnflows/store/sqlite/settings_table.h"

#include <chrono>
#include <string>
#include <utility>

namespace returnflows::sqlite {
namespace {

Status load_carrier_secrets(Connection& connection, MerchantSettings& settings) {
  RF_TRY(Statement statement,
         connection.prepare("SELECT carrier,secret FROM carrier_secrets WHERE merchant=?1"));
  Run run = statement.start(settings.merchant);
  for (;;) {
    RF_TRY(const bool row, run.next());
    if (!row) return {};
    settings.carrier_secrets[std::string(run.text(0))].bytes = run.blob(1);
  }
}

MerchantSettings read_settings(const Run& run) {
  MerchantSettings settings;
  settings.merchant = run.row_id<MerchantKind>(0);
  settings.version = run.integer(1);
  returns::Settings& rules = settings.rules;
  rules.auto_close = static_cast<returns::Switch>(run.integer(2));
  rules.trigger = static_cast<returns::Trigger>(run.integer(3));
  rules.delay = std::chrono::hours{run.integer(4)};
  rules.instant_exchange = static_cast<returns::Switch>(run.integer(5));
  rules.after_close_check = std::chrono::seconds{run.integer(6)};
  if (!run.is_null(7)) rules.payment_alert = std::chrono::hours{run.integer(7)};
  settings.payouts_url = run.text(8);
  settings.payouts_secret.bytes = run.blob(9);
  settings.is_review_due = run.integer(10) != 0;
  rules.payouts = settings.payouts_url.empty() ? returns::PayoutProvider::kManual
                                               : returns::PayoutProvider::kExternal;
  return settings;
}

}  // namespace

Result<SettingsTable> SettingsTable::open(Connection& connection) {
  SettingsTable table;
  RF_TRY(table.write_,
         connection.prepare(
             "INSERT OR REPLACE INTO settings(merchant,version,auto_close,trigger,delay_hours,"
             "instant_exchange,after_close_check_s,payment_alert_hours,payouts_url,payouts_secret,"
             "review_due) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)"));
  RF_TRY(table.forget_secrets_,
         connection.prepare("DELETE FROM carrier_secrets WHERE merchant=?1"));
  RF_TRY(
      table.write_secret_,
      connection.prepare("INSERT INTO carrier_secrets(merchant,carrier,secret) VALUES(?1,?2,?3)"));
  return table;
}

Result<std::vector<std::shared_ptr<const MerchantSettings>>> SettingsTable::load(
    Connection& connection) {
  std::vector<std::shared_ptr<const MerchantSettings>> all;
  RF_TRY(Statement statement,
         connection.prepare("SELECT merchant,version,auto_close,trigger,delay_hours,"
                            "instant_exchange,after_close_check_s,payment_alert_hours,payouts_url,"
                            "payouts_secret,review_due FROM settings"));
  Run run = statement.start();
  for (;;) {
    RF_TRY(const bool row, run.next());
    if (!row) return all;
    auto settings = std::make_shared<MerchantSettings>(read_settings(run));
    RF_TRY_STATUS(load_carrier_secrets(connection, *settings));
    all.push_back(std::move(settings));
  }
}

Status SettingsTable::write(const MerchantSettings& settings) {
  const returns::Settings& rules = settings.rules;
  std::optional<std::int64_t> payment_alert;
  if (rules.payment_alert) payment_alert = rules.payment_alert->count();
  RF_TRY_STATUS(write_.execute(settings.merchant,
                               settings.version,
                               rules.auto_close,
                               rules.trigger,
                               rules.delay.count(),
                               rules.instant_exchange,
                               rules.after_close_check.count(),
                               payment_alert,
                               Text{settings.payouts_url},
                               Blob{settings.payouts_secret.bytes},
                               settings.is_review_due));
  RF_TRY_STATUS(forget_secrets_.execute(settings.merchant));
  for (const auto& [carrier, secret] : settings.carrier_secrets) {
    RF_TRY_STATUS(write_secret_.execute(settings.merchant, Text{carrier}, Blob{secret.bytes}));
  }
  return {};
}

}  // namespace returnflows::sqlite

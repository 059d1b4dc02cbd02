#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/ids.h"
#include "returnflows/endpoints/endpoint.h"
#include "returnflows/returns/decision.h"
#include "returnflows/returns/settings.h"

// Values about the returns that live in a store.
namespace returnflows {

// A return as the outside sees it after a commit.
struct ReturnView {
  ReturnId id;
  std::string public_id;
  std::int64_t version = 0;  // Commits that changed it so far: what If-Match is compared with.
  returns::Lifecycle lifecycle{};
  bool is_closing = false;  // Its payouts are under way.
  std::string snapshot;     // `data.return` as JSON.
};

// What a merchant has set: the rules of returns, and who pays out and who reports scans. Secrets
// are sealed, bound to settings_secret_name().
struct MerchantSettings {
  MerchantId merchant;
  std::int64_t version = 0;  // 0: never changed, all defaults.
  // Not all open returns may have followed the last change; see ReviewReturns.
  bool is_review_due = false;
  returns::Settings rules = {};
  std::string payouts_url = {};  // Empty: the manual provider.
  SealedSecret payouts_secret = {};
  std::map<std::string, SealedSecret, std::less<>> carrier_secrets = {};  // By carrier_name().
};

// What a secret of the settings is bound to when it is sealed: "settings/7/payouts".
std::string settings_secret_name(MerchantId merchant, std::string_view what);

// Where a merchant's payout provider is, as it was set at some time.
struct ProviderAddress {
  std::string url;
  SealedSecret secret;  // Bound to settings_secret_name(merchant, "payouts").
};

// One payout that the provider is to be asked for. Its key is `<return>/<revision>/<payout id>`.
struct PayoutOrder {
  ReturnId id;
  MerchantId merchant;
  returns::PayoutRequest request;
  int attempts_made = 0;
  Timestamp next_attempt_at{};
};

// An order with what goes out with it.
struct DuePayout {
  PayoutOrder order;
  // The one provider that may know of the payout, whatever is set now; see ReportPayout. Absent for
  // payouts that were ordered before this was kept.
  std::optional<ProviderAddress> ordered_from = std::nullopt;
  std::string payout_json;    // The payout as in the snapshot.
  std::string snapshot_json;  // Its return.
};

}  // namespace returnflows

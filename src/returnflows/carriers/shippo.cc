// Shippo, https://docs.goshippo.com/docs/tracking/webhooksecurity and
// https://docs.goshippo.com/docs/Tracking/Tracking
//
// A secret in the URL is what everybody can have; HMAC is switched on by Shippo's staff on request.
// Webhooks are not idempotent: one that is registered twice sends twice, and `object_id` names an
// object of Shippo's, not a scan, so scans are known by what they say.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "returnflows/carriers/carrier_rules.h"
#include "returnflows/carriers/scan_list.h"
#include "returnflows/carriers/signature.h"

namespace returnflows::carriers {
namespace {

using returns::ScanStatus;

// `status`.
constexpr std::array kWords = {
    StatusWord{"UNKNOWN", ScanStatus::kLabelCreated},
    StatusWord{"PRE_TRANSIT", ScanStatus::kLabelCreated},
    StatusWord{"TRANSIT", ScanStatus::kInTransit},
    StatusWord{"DELIVERED", ScanStatus::kDelivered},
    StatusWord{"RETURNED", ScanStatus::kReturnedToCustomer},
    StatusWord{"FAILURE", ScanStatus::kException},
};

// `substatus.code`.
constexpr std::array kDetails = {
    StatusWord{"pickup_available", ScanStatus::kAvailableForPickup},
    StatusWord{"return_to_sender", ScanStatus::kReturnedToCustomer},
    StatusWord{"package_lost", ScanStatus::kLost},
};
static_assert(only_hold_back(kDetails));

constexpr StatusWords kTable{.words = kWords, .details = kDetails};

// Letters, digits and - . _ ~ stand for themselves in a URL (RFC 3986 §2.3).
bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

Status check_secret(std::string_view secret) {
  // Shippo takes URLs of up to 200 characters.
  constexpr std::size_t kTokenBytesMax = 100;
  if (secret.size() <= kTokenBytesMax && std::ranges::all_of(secret, is_unreserved)) return {};
  return fail(ErrorCode::kInvalidInput,
              "A Shippo secret stands in the URL of the webhook: use at most 100 letters, digits "
              "and - . _ ~ only.");
}

// "t=1726000000,v1=<hex>": HMAC-SHA256 of "<t>.<body>".
bool is_signed(std::string_view secret, const WebhookRequest& request) {
  std::string_view time;
  std::string_view tag;
  for (std::string_view rest = request.signature; !rest.empty();) {
    std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    if (part.starts_with("t=")) time = part.substr(2);
    if (part.starts_with("v1=")) tag = part.substr(3);
  }
  return is_hex_of(tag, hmac_sha256(secret, {time, ".", request.body}));
}

Status verify(std::string_view secret, const WebhookRequest& request) {
  if (request.signature.empty() && request.token.empty()) {
    return signature_missing("Shippo-Auth-Signature header and no token in its URL");
  }
  if (equal_in_constant_time(request.token, secret) || is_signed(secret, request)) return {};
  return signature_invalid("Compare the secret with the token at the end of the webhook's URL.");
}

Status add(ScanList& scans, std::string_view number, Json status) {
  return scans.add({.tracking_number = number,
                    .word = text_at(status, "/status"),
                    .detail = text_at(status, "/substatus/code"),
                    .occurred_at = time_at(status, "/status_date"),
                    .description = clean_text_at(status, "/status_details"),
                    .location = {.name = std::nullopt,
                                 .city = clean_text_at(status, "/location/city"),
                                 .country_code = country_code_at(status, "/location/country")}});
}

Result<std::vector<ReportedScan>> read(Json payload) {
  const auto kind = text_at(payload, "/event");
  if (kind && kind != "track_updated") return std::vector<ReportedScan>{};
  RF_TRY(const std::string number, tracking_number_at(payload, "/data/tracking_number"));
  ScanList scans{kShippoRules.name, kTable};
  if (const auto history = array_at(payload, "/data/tracking_history")) {
    for (const Json status : *history) {
      RF_TRY_STATUS(add(scans, number, status));
    }
  }
  // The newest one stands alone as well, and for some carriers only alone.
  if (const auto status = value_at(payload, "/data/tracking_status")) {
    RF_TRY_STATUS(add(scans, number, *status));
  }
  return std::move(scans).take();
}

}  // namespace

const CarrierRules kShippoRules{.name = "shippo",
                                .signature_header = "shippo-auth-signature",
                                .check_secret = check_secret,
                                .verify = verify,
                                .read = read};

}  // namespace returnflows::carriers

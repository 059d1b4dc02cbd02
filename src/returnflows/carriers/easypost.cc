// EasyPost, https://docs.easypost.com/guides/webhooks-guide and
// https://docs.easypost.com/docs/trackers
//
// Each event brings the whole history of a tracker; its id is that of the message, so scans are
// known by what they say.

#include <algorithm>
#include <array>
#include <string>

#include "returnflows/base/encoding.h"
#include "returnflows/carriers/carrier_rules.h"
#include "returnflows/carriers/scan_list.h"
#include "returnflows/carriers/signature.h"

namespace returnflows::carriers {
namespace {

using returns::ScanStatus;

// `status` of a tracking detail.
constexpr std::array kWords = {
    StatusWord{"unknown", ScanStatus::kLabelCreated},
    StatusWord{"pre_transit", ScanStatus::kLabelCreated},
    StatusWord{"in_transit", ScanStatus::kInTransit},
    StatusWord{"out_for_delivery", ScanStatus::kInTransit},
    StatusWord{"available_for_pickup", ScanStatus::kAvailableForPickup},
    StatusWord{"delivered", ScanStatus::kDelivered},
    StatusWord{"return_to_sender", ScanStatus::kReturnedToCustomer},
    StatusWord{"failure", ScanStatus::kException},
    StatusWord{"cancelled", ScanStatus::kException},
    StatusWord{"error", ScanStatus::kException},
};

// `status_detail`.
constexpr std::array kDetails = {
    StatusWord{"arrived_at_pickup_location", ScanStatus::kAvailableForPickup},
    StatusWord{"awaiting_customer_pickup", ScanStatus::kAvailableForPickup},
    StatusWord{"lost", ScanStatus::kLost},
};
static_assert(only_hold_back(kDetails));

constexpr StatusWords kTable{.words = kWords, .details = kDetails};

constexpr std::string_view kHeader = "x-hmac-signature";

Status check_secret(std::string_view secret) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80U; };
  if (std::ranges::all_of(secret, is_ascii)) return {};
  return fail(ErrorCode::kInvalidInput,
              "An EasyPost secret must be plain ASCII here: EasyPost normalises other characters "
              "before it signs. Choose another webhook_secret there.");
}

Status verify(std::string_view secret, const WebhookRequest& request) {
  if (request.signature.empty()) return signature_missing("X-Hmac-Signature header");
  const std::string expected = "hmac-sha256-hex=" + encode_hex(hmac_sha256(secret, {request.body}));
  if (equal_in_constant_time(request.signature, expected)) return {};
  return signature_invalid("Compare the secret with the webhook_secret of EasyPost's webhook.");
}

returns::ScanLocation read_location(Json detail) {
  return {.name = std::nullopt,
          .city = clean_text_at(detail, "/tracking_location/city"),
          .country_code = country_code_at(detail, "/tracking_location/country")};
}

Result<std::vector<ReportedScan>> read(Json payload) {
  const auto kind = text_at(payload, "/description");
  if (kind && !kind->starts_with("tracker.")) return std::vector<ReportedScan>{};
  RF_TRY(const std::string number, tracking_number_at(payload, "/result/tracking_code"));
  ScanList scans{kEasyPostRules.name, kTable};
  if (const auto details = array_at(payload, "/result/tracking_details")) {
    for (const Json detail : *details) {
      RF_TRY_STATUS(scans.add({.tracking_number = number,
                               .word = text_at(detail, "/status"),
                               .detail = text_at(detail, "/status_detail"),
                               .occurred_at = time_at(detail, "/datetime"),
                               .description = clean_text_at(detail, "/message"),
                               .location = read_location(detail)}));
    }
  }
  if (scans.is_empty()) {
    // Some carriers have a status and no history.
    RF_TRY_STATUS(scans.add({.tracking_number = number,
                             .word = text_at(payload, "/result/status"),
                             .detail = text_at(payload, "/result/status_detail"),
                             .occurred_at = time_at(payload, "/result/updated_at"),
                             .description = std::nullopt}));
  }
  return std::move(scans).take();
}

}  // namespace

const CarrierRules kEasyPostRules{.name = "easypost",
                                  .signature_header = kHeader,
                                  .check_secret = check_secret,
                                  .verify = verify,
                                  .read = read};

}  // namespace returnflows::carriers

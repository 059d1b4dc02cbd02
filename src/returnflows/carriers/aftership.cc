// AfterShip Tracking, https://www.aftership.com/docs/tracking/webhook/webhook-specifications,
// …/webhook/webhook-signature, …/enum/delivery-sub-statuses
//
// `event_id` is that of the message, which brings the whole history, so checkpoints are known by
// what they say. `is_tracking_first_tag` is not looked at: the rules of returns know themselves
// what came first, also when that message was lost.

#include <array>
#include <string>

#include "returnflows/base/encoding.h"
#include "returnflows/carriers/carrier_rules.h"
#include "returnflows/carriers/carrier_time.h"
#include "returnflows/carriers/scan_list.h"
#include "returnflows/carriers/signature.h"

namespace returnflows::carriers {
namespace {

using returns::ScanStatus;

// `tag`.
constexpr std::array kWords = {
    StatusWord{"Pending", ScanStatus::kLabelCreated},
    StatusWord{"InfoReceived", ScanStatus::kLabelCreated},
    StatusWord{"InTransit", ScanStatus::kInTransit},
    StatusWord{"OutForDelivery", ScanStatus::kInTransit},
    StatusWord{"AvailableForPickup", ScanStatus::kAvailableForPickup},
    StatusWord{"Delivered", ScanStatus::kDelivered},
    StatusWord{"AttemptFail", ScanStatus::kException},
    StatusWord{"Exception", ScanStatus::kException},
    StatusWord{"Expired", ScanStatus::kException},
};

// `subtag`.
constexpr std::array kDetails = {
    StatusWord{"Exception_010", ScanStatus::kReturnedToCustomer},  // Returning to sender.
    StatusWord{"Exception_011", ScanStatus::kReturnedToCustomer},  // Returned to sender.
    StatusWord{"Exception_013", ScanStatus::kLost},                // Shipment lost.
};
static_assert(only_hold_back(kDetails));

constexpr StatusWords kTable{.words = kWords, .details = kDetails};

Status verify(std::string_view secret, const WebhookRequest& request) {
  if (request.signature.empty()) return signature_missing("aftership-hmac-sha256 header");
  if (equal_in_constant_time(request.signature,
                             encode_base64(hmac_sha256(secret, {request.body})))) {
    return {};
  }
  return signature_invalid("Compare the secret with the webhook secret in AfterShip's settings.");
}

std::optional<Timestamp> time_of_message(Json payload) {
  const auto seconds = integer_at(payload, "/ts");
  return seconds ? from_unix_seconds(*seconds) : std::nullopt;
}

Result<std::vector<ReportedScan>> read(Json payload) {
  const auto kind = text_at(payload, "/event");
  if (kind && kind != "tracking_update") return std::vector<ReportedScan>{};
  RF_TRY(const std::string number, tracking_number_at(payload, "/msg/tracking_number"));
  ScanList scans{kAfterShipRules.name, kTable};
  if (const auto checkpoints = array_at(payload, "/msg/checkpoints")) {
    for (const Json checkpoint : *checkpoints) {
      RF_TRY_STATUS(
          scans.add({.tracking_number = number,
                     .word = text_at(checkpoint, "/tag"),
                     .detail = text_at(checkpoint, "/subtag"),
                     .occurred_at = time_at(checkpoint, "/checkpoint_time"),
                     .description = clean_text_at(checkpoint, "/message"),
                     .location = {.name = clean_text_at(checkpoint, "/location"),
                                  .city = clean_text_at(checkpoint, "/city"),
                                  .country_code = std::nullopt}}));  // It has three letters.
    }
  }
  if (scans.is_empty()) {
    RF_TRY_STATUS(scans.add({.tracking_number = number,
                             .word = text_at(payload, "/msg/tag"),
                             .detail = text_at(payload, "/msg/subtag"),
                             .occurred_at = time_of_message(payload),
                             .description = clean_text_at(payload, "/msg/subtag_message")}));
  }
  return std::move(scans).take();
}

}  // namespace

const CarrierRules kAfterShipRules{.name = "aftership",
                                   .signature_header = "aftership-hmac-sha256",
                                   .check_secret = any_secret,
                                   .verify = verify,
                                   .read = read};

}  // namespace returnflows::carriers

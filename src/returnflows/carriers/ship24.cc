// Ship24, https://docs.ship24.com/webhooks/authentication, …/webhooks/delivery, …/status
//
// One message may bring several parcels. `eventId` names the scan. Times are those of the place,
// without a zone.

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

// `statusMilestone`.
constexpr std::array kWords = {
    StatusWord{"pending", ScanStatus::kLabelCreated},
    StatusWord{"info_received", ScanStatus::kLabelCreated},
    StatusWord{"in_transit", ScanStatus::kInTransit},
    StatusWord{"out_for_delivery", ScanStatus::kInTransit},
    StatusWord{"available_for_pickup", ScanStatus::kAvailableForPickup},
    StatusWord{"delivered", ScanStatus::kDelivered},
    StatusWord{"failed_attempt", ScanStatus::kException},
    StatusWord{"exception", ScanStatus::kException},
};

// `statusCode`.
constexpr std::array kDetails = {
    StatusWord{"delivery_available_for_pickup", ScanStatus::kAvailableForPickup},
    StatusWord{"exception_return", ScanStatus::kReturnedToCustomer},
};
static_assert(only_hold_back(kDetails));

constexpr StatusWords kTable{.words = kWords, .details = kDetails};

Status check_secret(std::string_view secret) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80U; };
  if (std::ranges::all_of(secret, is_ascii)) return {};
  return fail(ErrorCode::kInvalidInput,
              "A Ship24 secret travels in a header, so it is plain ASCII; copy the Webhook Secret "
              "of Ship24's dashboard.");
}

Status verify(std::string_view secret, const WebhookRequest& request) {
  if (request.signature.empty()) return signature_missing("Authorization header");
  if (equal_in_constant_time(request.signature, "Bearer " + std::string{secret})) return {};
  return signature_invalid("Compare the secret with the Webhook Secret of Ship24's dashboard.");
}

Status add_events(ScanList& scans, const std::string& number, Json tracking) {
  const auto events = array_at(tracking, "/events");
  if (!events) return {};
  for (const Json event : *events) {
    RF_TRY_STATUS(scans.add({.tracking_number = number,
                             .word = text_at(event, "/statusMilestone"),
                             .detail = text_at(event, "/statusCode"),
                             .occurred_at = time_at(event, "/occurrenceDatetime"),
                             .description = clean_text_at(event, "/status"),
                             .location = {.name = clean_text_at(event, "/location"),
                                          .city = std::nullopt,
                                          .country_code = std::nullopt},
                             .event_id = text_at(event, "/eventId")}));
  }
  return {};
}

Result<std::vector<ReportedScan>> read(Json payload) {
  const auto trackings = array_at(payload, "/trackings");
  if (!trackings) return wrong_field("/trackings", "There is no list of parcels.");
  ScanList scans{kShip24Rules.name, kTable};
  std::size_t index = 0;
  for (const Json tracking : *trackings) {
    RF_TRY(const std::string number,
           tracking_number_at(
               tracking, "/tracker/trackingNumber", "/trackings/" + std::to_string(index)));
    RF_TRY_STATUS(add_events(scans, number, tracking));
    ++index;
  }
  return std::move(scans).take();
}

}  // namespace

const CarrierRules kShip24Rules{.name = "ship24",
                                .signature_header = "authorization",
                                .check_secret = check_secret,
                                .verify = verify,
                                .read = read};

}  // namespace returnflows::carriers

// 17TRACK, version 2 of its API, https://api.17track.net/en/doc and
// https://help.17track.net/hc/en-us/articles/37471096573337
//
// Version 1 puts its signature into the body and numbers its statuses; it is refused.

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "returnflows/carriers/carrier_rules.h"
#include "returnflows/carriers/scan_list.h"
#include "returnflows/carriers/signature.h"

namespace returnflows::carriers {
namespace {

using returns::ScanStatus;

// `latest_status.status`, the part of an event's `sub_status` before its underscore, and `stage`.
constexpr std::array kWords = {
    StatusWord{"NotFound", ScanStatus::kLabelCreated},
    StatusWord{"InfoReceived", ScanStatus::kLabelCreated},
    StatusWord{"PickedUp", ScanStatus::kInTransit},
    StatusWord{"Departure", ScanStatus::kInTransit},
    StatusWord{"Arrival", ScanStatus::kInTransit},
    StatusWord{"InTransit", ScanStatus::kInTransit},
    StatusWord{"OutForDelivery", ScanStatus::kInTransit},
    StatusWord{"AvailableForPickup", ScanStatus::kAvailableForPickup},
    StatusWord{"Delivered", ScanStatus::kDelivered},
    StatusWord{"Returning", ScanStatus::kReturnedToCustomer},
    StatusWord{"Returned", ScanStatus::kReturnedToCustomer},
    StatusWord{"DeliveryFailure", ScanStatus::kException},
    StatusWord{"Exception", ScanStatus::kException},
    StatusWord{"Expired", ScanStatus::kException},
};

// `sub_status`.
constexpr std::array kDetails = {
    StatusWord{"Exception_Returning", ScanStatus::kReturnedToCustomer},
    StatusWord{"Exception_Returned", ScanStatus::kReturnedToCustomer},
    StatusWord{"Exception_Lost", ScanStatus::kLost},
};
static_assert(only_hold_back(kDetails));

constexpr StatusWords kTable{.words = kWords, .details = kDetails};

// `sign` is the hexadecimal SHA-256 of body, slash and key.
Status verify(std::string_view secret, const WebhookRequest& request) {
  if (request.signature.empty()) return signature_missing("sign header");
  if (is_hex_of(request.signature, sha256({request.body, "/", secret}))) return {};
  return signature_invalid("Compare the secret with the API key in 17TRACK's settings.");
}

// The main word of an event: its own part of the sub-status, else the stage of the way.
std::optional<std::string_view> word_of(Json event) {
  if (const auto detail = text_at(event, "/sub_status")) {
    return detail->substr(0, detail->find('_'));
  }
  return text_at(event, "/stage");
}

HistoryEntry read_event(std::string_view number, Json event) {
  const auto utc = time_at(event, "/time_utc");
  return {.tracking_number = number,
          .word = word_of(event),
          .detail = text_at(event, "/sub_status"),
          .occurred_at = utc ? utc : time_at(event, "/time_iso"),
          .description = clean_text_at(event, "/description"),
          .location = {.name = clean_text_at(event, "/location"),
                       .city = clean_text_at(event, "/address/city"),
                       .country_code = country_code_at(event, "/address/country")}};
}

Status add_events(ScanList& scans, std::string_view number, Json provider) {
  const auto events = array_at(provider, "/events");
  if (!events) return {};
  // Newest first; turned round, so that events of one time stay in their order.
  std::vector<Json> oldest_first(events->begin(), events->end());
  std::ranges::reverse(oldest_first);
  for (const Json event : oldest_first) {
    RF_TRY_STATUS(scans.add(read_event(number, event)));
  }
  return {};
}

// The status of the whole, at the time of the newest event: events often have none of their own.
Status add_latest(ScanList& scans, std::string_view number, Json payload) {
  const auto event = value_at(payload, "/data/track_info/latest_event");
  if (!event) return {};
  HistoryEntry latest = read_event(number, *event);
  latest.word = text_at(payload, "/data/track_info/latest_status/status");
  latest.detail = text_at(payload, "/data/track_info/latest_status/sub_status");
  return scans.add(std::move(latest));
}

Result<std::vector<ReportedScan>> read(Json payload) {
  const auto kind = text_at(payload, "/event");
  if (kind && kind != "TRACKING_UPDATED") return std::vector<ReportedScan>{};
  RF_TRY(const std::string number, tracking_number_at(payload, "/data/number"));
  if (value_at(payload, "/data/track")) {
    return wrong_field("/data/track",
                       "This is version 1 of 17TRACK's webhooks; choose version 2 or later in its "
                       "settings.");
  }
  ScanList scans{kSeventeenTrackRules.name, kTable};
  if (const auto providers = array_at(payload, "/data/track_info/tracking/providers")) {
    for (const Json provider : *providers) {
      RF_TRY_STATUS(add_events(scans, number, provider));
    }
  }
  RF_TRY_STATUS(add_latest(scans, number, payload));
  return std::move(scans).take();
}

}  // namespace

const CarrierRules kSeventeenTrackRules{.name = "17track",
                                        .signature_header = "sign",
                                        .check_secret = any_secret,
                                        .verify = verify,
                                        .read = read};

}  // namespace returnflows::carriers

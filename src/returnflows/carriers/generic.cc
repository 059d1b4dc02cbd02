// Our own form, for a merchant's program or a bridge to a carrier without webhooks (GLS, DAO,
// PostNord, Bring): one scan as in POST /v1/scans, a list of them, or {"scans": […]}. Described in
// docs/operating/carriers.md.
//
// Strict where the carriers' forms are lenient: who sends this can mend it.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "returnflows/base/encoding.h"
#include "returnflows/base/limits.h"
#include "returnflows/base/time_text.h"
#include "returnflows/carriers/carrier_rules.h"
#include "returnflows/carriers/scan_list.h"
#include "returnflows/carriers/signature.h"

namespace returnflows::carriers {
namespace {

using returns::ScanStatus;

constexpr std::array kWords = {
    // Our own names.
    StatusWord{"label_created", ScanStatus::kLabelCreated},
    StatusWord{"in_transit", ScanStatus::kInTransit},
    StatusWord{"available_for_pickup", ScanStatus::kAvailableForPickup},
    StatusWord{"delivered", ScanStatus::kDelivered},
    StatusWord{"exception", ScanStatus::kException},
    StatusWord{"returned_to_customer", ScanStatus::kReturnedToCustomer},
    StatusWord{"lost", ScanStatus::kLost},
    // GLS.
    StatusWord{"PREADVICE", ScanStatus::kLabelCreated},
    StatusWord{"PLANNEDPICKUP", ScanStatus::kLabelCreated},
    StatusWord{"INPICKUP", ScanStatus::kLabelCreated},
    StatusWord{"INTRANSIT", ScanStatus::kInTransit},
    StatusWord{"INWAREHOUSE", ScanStatus::kInTransit},
    StatusWord{"INDELIVERY", ScanStatus::kInTransit},
    StatusWord{"DELIVEREDPS", ScanStatus::kAvailableForPickup},  // At a parcel shop.
    StatusWord{"FINAL", ScanStatus::kDelivered},
    StatusWord{"NOTPICKEDUP", ScanStatus::kException},
    StatusWord{"NOTDELIVERED", ScanStatus::kException},
    StatusWord{"CANCELED", ScanStatus::kException},
    // Bring.
    StatusWord{"NOTIFICATION_SENT", ScanStatus::kLabelCreated},
    StatusWord{"CUSTOMS", ScanStatus::kLabelCreated},
    StatusWord{"COLLECTED", ScanStatus::kInTransit},
    StatusWord{"TERMINAL", ScanStatus::kInTransit},
    StatusWord{"DELIVERED_SENDER", ScanStatus::kReturnedToCustomer},
    StatusWord{"ATTEMPTED_DELIVERY", ScanStatus::kException},
    StatusWord{"DEVIATION", ScanStatus::kException},
    // PostNord.
    StatusWord{"INFORMED", ScanStatus::kLabelCreated},
    StatusWord{"EN_ROUTE", ScanStatus::kInTransit},
    StatusWord{"AVAILABLE_FOR_DELIVERY", ScanStatus::kAvailableForPickup},
    StatusWord{"RETURNED", ScanStatus::kReturnedToCustomer},
};

constexpr StatusWords kTable{.words = kWords};

Status verify(std::string_view secret, const WebhookRequest& request) {
  if (request.signature.empty()) return signature_missing("X-Returnflows-Signature header");
  const std::string expected = "sha256=" + encode_hex(hmac_sha256(secret, {request.body}));
  if (equal_in_constant_time(request.signature, expected)) return {};
  return signature_invalid(
      "It is sha256= and the hexadecimal HMAC-SHA256 of the raw body, with the secret as its key.");
}

// The text of a member that may be absent. Errors: it is no text, or longer than `bytes_max`.
Result<std::optional<std::string>> optional_text(Json scan,
                                                 std::string_view pointer,
                                                 std::size_t bytes_max,
                                                 const std::string& base) {
  const auto value = value_at(scan, pointer);
  if (!value || value->is_null()) return std::nullopt;
  const auto text = text_at(scan, pointer);
  if (!text || text->size() > bytes_max) {
    return wrong_field(base + std::string{pointer},
                       "It must be a text of 1 to " + std::to_string(bytes_max) + " bytes.");
  }
  return clean_text(*text, bytes_max);
}

bool is_source_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

Result<std::string> source_of(Json scan, const std::string& base) {
  RF_TRY(const auto source, optional_text(scan, "/source", limits::kCarrierWordBytesMax, base));
  if (!source) return std::string{kGenericRules.name};
  if (!std::ranges::all_of(*source, is_source_character)) {
    return wrong_field(base + "/source", "It may have letters, digits and - _ . only.");
  }
  return *source;
}

Result<ScanStatus> status_of(Json scan, const std::string& base) {
  const auto word = text_at(scan, "/status");
  if (!word) return wrong_field(base + "/status", "There is no status.");
  const StatusWord* known = find_word(kTable.words, *word);
  if (known == nullptr) {
    return wrong_field(base + "/status",
                       "It is none of label_created, in_transit, available_for_pickup, delivered, "
                       "exception, returned_to_customer, lost, and no known word of a carrier.");
  }
  return known->status;
}

Result<Timestamp> time_of(Json scan, const std::string& base) {
  const auto text = text_at(scan, "/occurred_at");
  if (!text) return wrong_field(base + "/occurred_at", "There is no time.");
  // With its zone: who writes for us knows it.
  const auto at = parse_rfc3339(*text);
  if (!at) return wrong_field(base + "/occurred_at", at.error().detail);
  return *at;
}

Result<ReportedScan> read_scan(Json scan, const std::string& base) {
  ReportedScan out;
  RF_TRY(out.tracking_number, tracking_number_at(scan, "/tracking_number", base));
  RF_TRY(out.status, status_of(scan, base));
  RF_TRY(out.occurred_at, time_of(scan, base));
  out.carrier_status = std::string{text_at(scan, "/status").value_or("")};
  constexpr std::size_t kTextMax = limits::kScanTextBytesMax;
  RF_TRY(out.description, optional_text(scan, "/description", kTextMax, base));
  RF_TRY(out.location.name, optional_text(scan, "/location/name", kTextMax, base));
  RF_TRY(out.location.city, optional_text(scan, "/location/city", kTextMax, base));
  out.location.country_code = country_code_at(scan, "/location/country_code");
  RF_TRY(const std::string source, source_of(scan, base));
  RF_TRY(const auto event_id,
         optional_text(scan, "/event_id", limits::kCarrierEventIdBytesMax, base));
  out.source =
      scan_source(source, event_id, out.tracking_number, *out.carrier_status, out.occurred_at);
  return out;
}

Result<std::vector<ReportedScan>> read_list(simdjson::dom::array list, const std::string& base) {
  ScanList scans{kGenericRules.name, kTable};
  std::size_t index = 0;
  for (const Json scan : list) {
    RF_TRY(ReportedScan read, read_scan(scan, base + "/" + std::to_string(index)));
    RF_TRY_STATUS(scans.add_scan(std::move(read)));
    ++index;
  }
  return std::move(scans).take();
}

Result<std::vector<ReportedScan>> read(Json payload) {
  if (const auto list = array_at(payload, "")) return read_list(*list, "");
  if (const auto list = array_at(payload, "/scans")) return read_list(*list, "/scans");
  RF_TRY(ReportedScan scan, read_scan(payload, ""));
  return std::vector<ReportedScan>{std::move(scan)};
}

}  // namespace

const CarrierRules kGenericRules{.name = "generic",
                                 .signature_header = "x-returnflows-signature",
                                 .check_secret = any_secret,
                                 .verify = verify,
                                 .read = read};

}  // namespace returnflows::carriers

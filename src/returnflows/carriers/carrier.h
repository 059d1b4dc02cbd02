#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/base/secret.h"
#include "returnflows/carriers/reported_scan.h"

// What tracking services post to POST /v1/carriers/{name}/webhook: who may, and what it says. Pure:
// bytes in, scans out. How each is set up, and what each of its words becomes, stands in
// docs/operating/carriers.md.
namespace returnflows::carriers {

enum class Carrier : std::uint8_t {
  kEasyPost,
  kShippo,
  kAfterShip,
  // Asks the URL with HEAD before it lets it be saved and expects 200: the route must answer that
  // without a secret.
  kShip24,
  kSeventeenTrack,
  kGeneric,  // A program of the merchant's own, or a bridge to a carrier that has no webhooks.
};

inline constexpr std::array kCarriers = {Carrier::kEasyPost,
                                         Carrier::kShippo,
                                         Carrier::kAfterShip,
                                         Carrier::kShip24,
                                         Carrier::kSeventeenTrack,
                                         Carrier::kGeneric};

// "easypost", "shippo", "aftership", "ship24", "17track", "generic": the name in the route, and the
// first part of each scan's `source`.
std::string_view carrier_name(Carrier carrier);

// The carrier of that exact name; nullopt when there is none.
std::optional<Carrier> find_carrier(std::string_view name);

// The one header, in small letters, that verify() reads for this carrier.
std::string_view signature_header(Carrier carrier);

// One request as it came. All views may be empty; nothing is trusted.
struct WebhookRequest {
  std::string_view signature;  // The value of signature_header(), empty when it is absent.
  std::string_view token;      // The query parameter `token`, decoded; only Shippo has one.
  std::string_view body;       // Before any parser touched it: signatures cover these bytes.
};

// Whether `secret` can be one of this carrier: to be asked before it is stored.
//
// Errors: kInvalidInput with a sentence for people: shorter than limits::kSecretBytesMin or longer
// than limits::kSecretBytesMax; a control character or white space; not ASCII where the carrier
// needs that (EasyPost normalises its key by NFKD, which leaves ASCII alone, and no Unicode library
// is linked here; Ship24's travels in a header); not safe in a URL (Shippo).
Status check_carrier_secret(Carrier carrier, std::string_view secret);

// Whether the sender knows `secret`. Call it before parse(). Comparisons take the same time
// wherever the texts differ.
//
// A merchant without a secret for a carrier has not set it up: an empty `secret` refuses every
// request, so that nobody can move parcels by guessing a URL. None of the carriers signs a time
// that could be checked for all its retries, so a copied request verifies again; it changes
// nothing, because its scans are known by their `source`.
//
// Errors: kUnauthorized with the reason carrier_not_set_up, signature_missing or signature_invalid.
Status verify(Carrier carrier, const Secret& secret, const WebhookRequest& request);

// What a verified body reports: all scans of its history, oldest first by the carrier's time, each
// once. A delivery comes after what else happened at the same time.
//
// Empty when the carrier tells something that is no scan (another kind of event, a parcel without
// history, tracking that ended): answer 2xx, or it will be sent again.
//
// - A word that is not in the carrier's table counts as kLabelCreated: it stays in the history and
//   moves nothing. An entry without any word or without a time is left out.
// - A second word (substatus) can only hold back: it may make a parcel shop, a way back or a loss
//   out of a scan, never progress.
// - After a scan that says that the parcel goes back to the customer, a delivery in the same
// payload
//   is one to the customer.
// - Times without a zone count as UTC; the carrier's clock may be ahead (the rules of returns count
//   that as now).
//
// Errors: kTooLarge beyond limits::kCarrierBodyBytesMax or limits::kCarrierScansMax; kInvalidInput
// when the body is not JSON or has no tracking number, with one FieldError for what is wrong. The
// generic form is strict: there also an unknown status, a missing time and texts that are too long.
// Thread: any.
Result<std::vector<ReportedScan>> parse(Carrier carrier, std::string_view body);

}  // namespace returnflows::carriers

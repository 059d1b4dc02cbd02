#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "returnflows/carriers/carrier.h"

namespace returnflows::carriers {

// The bytes of fixtures/<name>.json.
std::string fixture(std::string_view name);

// What parse() finds in `body`; a failure of the test when it finds an error.
std::vector<ReportedScan> scans_in(Carrier carrier, std::string_view body);

// "label_created 2026-03-01T09:00:00.000Z, delivered 2026-…": each status and time in turn.
std::string history_of(const std::vector<ReportedScan>& scans);

// "label_created, delivered": each status in turn.
std::string statuses_of(const std::vector<ReportedScan>& scans);

// The pointer and the sentence of the first wrong field, "/data/number There is…"; empty when there
// is no error.
std::string error_in(Carrier carrier, std::string_view body);

// The reason of a refusal by verify(), or "" when the request is let in.
std::string refusal(Carrier carrier, std::string_view secret, const WebhookRequest& request);

// A body and its signatures with that key, made by Python's hmac and hashlib.
inline constexpr std::string_view kSecret = "merchant-secret-1";
inline constexpr std::string_view kSignedBody = R"({"a":1})";
inline constexpr std::string_view kHmacHex =
    "29e13cd5c3714af49f001e9690c695bc9bfb562d87837d1a35a3ab0e61e860bf";
inline constexpr std::string_view kHmacBase64 = "KeE81cNxSvSfAB6WkMaVvJv7Vi2Hg30aNaOrDmHoYL8=";

}  // namespace returnflows::carriers

// What a tracking service posts. Whatever it is, the scans found in it keep what parse() promises,
// and no signature that the secret did not make lets it in.
//
// Input: a byte that chooses the carrier (its remainder by six, so that '0' to '5' do), then the
// body.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/carriers/carrier.h"

namespace returnflows::carriers {
namespace {

bool is_clean(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size()) &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

void check_text(const std::optional<std::string>& text) {
  const std::string value = text.value_or("");
  RF_CHECK(is_clean(value));
  RF_CHECK(value.size() <= limits::kScanTextBytesMax);
}

void check_scan(const ReportedScan& scan) {
  RF_CHECK(!scan.tracking_number.empty());
  RF_CHECK(scan.tracking_number.size() <= limits::kTrackingNumberBytesMax);
  RF_CHECK(is_clean(scan.tracking_number));
  RF_CHECK(is_clean(scan.source));
  RF_CHECK(scan.source.contains(':'));
  check_text(scan.carrier_status);
  check_text(scan.description);
  check_text(scan.location.name);
  check_text(scan.location.city);
  RF_CHECK(scan.location.country_code.value_or("DK").size() == 2);
}

void check_scans(const std::vector<ReportedScan>& scans) {
  RF_CHECK(scans.size() <= limits::kCarrierScansMax);
  RF_CHECK(std::ranges::is_sorted(scans, {}, &ReportedScan::occurred_at));
  std::set<std::string_view> sources;
  for (const ReportedScan& scan : scans) {
    check_scan(scan);
    RF_CHECK(sources.insert(scan.source).second);
  }
}

void check_refused(Carrier carrier, std::string_view body) {
  constexpr std::string_view kSecret = "a-secret-that-nobody-has";
  // The body's own first bytes as signature and token: the secret is not among them.
  const std::string_view guess = body.substr(0, std::min<std::size_t>(body.size(), 100));
  if (guess.contains(kSecret)) return;
  const Status verified = verify(
      carrier, Secret{std::string{kSecret}}, {.signature = guess, .token = guess, .body = body});
  RF_CHECK(!verified.has_value());
  RF_CHECK(verified.error().code == ErrorCode::kUnauthorized);
  RF_CHECK(!verified.error().detail.contains(kSecret));
}

}  // namespace
}  // namespace returnflows::carriers

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace returnflows::carriers;
  if (size == 0) return 0;
  const Carrier carrier = kCarriers[data[0] % kCarriers.size()];
  const std::string_view body{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto scans = parse(carrier, body);
  if (scans) {
    check_scans(*scans);
    RF_CHECK(parse(carrier, body) == scans.value());
  } else {
    RF_CHECK(!scans.error().detail.empty());
  }
  check_refused(carrier, body);
  return 0;
}

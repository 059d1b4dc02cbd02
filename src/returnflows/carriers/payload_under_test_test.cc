#include "returnflows/carriers/payload_under_test_test.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "returnflows/base/time_text.h"

namespace returnflows::carriers {

std::string fixture(std::string_view name) {
  std::ifstream file{std::string{RF_CARRIER_FIXTURES} + "/" + std::string{name} + ".json"};
  EXPECT_TRUE(file.is_open()) << name;
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<ReportedScan> scans_in(Carrier carrier, std::string_view body) {
  auto scans = parse(carrier, body);
  if (!scans) {
    ADD_FAILURE() << scans.error().detail;
    return {};
  }
  return *std::move(scans);
}

std::string history_of(const std::vector<ReportedScan>& scans) {
  std::string out;
  for (const ReportedScan& scan : scans) {
    if (!out.empty()) out += ", ";
    out += returns::scan_status_name(scan.status);
    out += ' ';
    append_rfc3339(out, scan.occurred_at);
  }
  return out;
}

std::string statuses_of(const std::vector<ReportedScan>& scans) {
  std::string out;
  for (const ReportedScan& scan : scans) {
    if (!out.empty()) out += ", ";
    out += returns::scan_status_name(scan.status);
  }
  return out;
}

std::string error_in(Carrier carrier, std::string_view body) {
  const auto scans = parse(carrier, body);
  if (scans) return "";
  if (scans.error().fields.empty()) return scans.error().detail;
  const FieldError& field = scans.error().fields.front();
  return field.pointer + " " + field.detail;
}

std::string refusal(Carrier carrier, std::string_view secret, const WebhookRequest& request) {
  const Status verified = verify(carrier, Secret{std::string{secret}}, request);
  if (verified) return "";
  EXPECT_EQ(verified.error().code, ErrorCode::kUnauthorized);
  EXPECT_FALSE(verified.error().detail.contains(kSecret));
  return verified.error().reason;
}

}  // namespace returnflows::carriers

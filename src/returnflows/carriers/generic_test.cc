#include <string>

#include <gtest/gtest.h>

#include "returnflows/carriers/payload_under_test_test.h"

namespace returnflows::carriers {
namespace {

constexpr Carrier kCarrier = Carrier::kGeneric;

std::string scan(std::string_view members) {
  return R"({"tracking_number":"G1","occurred_at":"2026-03-02T10:00:00Z",)" + std::string{members} +
         "}";
}

TEST(GenericScans, ReadsAListOldestFirst) {
  const auto scans = scans_in(kCarrier, fixture("generic_scans"));
  EXPECT_EQ(history_of(scans),
            "label_created 2026-03-03T09:00:00.000Z, delivered 2026-03-04T08:00:00.000Z, "
            "available_for_pickup 2026-03-04T11:00:00.000Z");
  EXPECT_EQ(scans.at(0).source, "gls-poller:66-1");
  EXPECT_EQ(scans.at(1).source, "generic:GLS0000000067/delivered/2026-03-04T08:00:00.000Z");
  EXPECT_EQ(scans.at(2).location.name, "Kiosk 12");
  EXPECT_EQ(scans.at(2).location.city, "Esbjerg");
  EXPECT_EQ(scans.at(2).location.country_code, "DK");
}

TEST(GenericScans, ReadsOneScanAndABareList) {
  const std::string one = scan(R"("status":"in_transit","event_id":"7")");
  EXPECT_EQ(scans_in(kCarrier, one).at(0).source, "generic:7");
  EXPECT_EQ(scans_in(kCarrier, "[" + one + "]"), scans_in(kCarrier, one));
}

TEST(GenericScans, DeliveredAtAParcelShopIsNotTheWarehouse) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, scan(R"("status":"DELIVEREDPS")"))),
            "available_for_pickup");
}

TEST(GenericScans, DeliveredToTheSenderIsTheWayBackToTheCustomer) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, scan(R"("status":"DELIVERED_SENDER")"))),
            "returned_to_customer");
}

TEST(GenericScans, AnUnknownStatusIsRefusedWithThoseThatThereAre) {
  const std::string error = error_in(kCarrier, "[" + scan(R"("status":"deliverd")") + "]");
  EXPECT_TRUE(error.starts_with("/0/status It is none of label_created, in_transit")) << error;
}

TEST(GenericScans, ATimeNeedsItsZone) {
  EXPECT_TRUE(error_in(kCarrier,
                       R"({"tracking_number":"G1","status":"lost",
                           "occurred_at":"2026-03-02T10:00:00"})")
                  .starts_with("/occurred_at "));
  EXPECT_EQ(error_in(kCarrier, R"({"scans":[{"tracking_number":"G1","status":"lost"}]})"),
            "/scans/0/occurred_at There is no time.");
}

TEST(GenericScans, TextsThatAreTooLongAreRefused) {
  EXPECT_EQ(
      error_in(kCarrier, scan(R"("status":"lost","event_id":")" + std::string(129, 'x') + R"(")")),
      "/event_id It must be a text of 1 to 128 bytes.");
  EXPECT_EQ(error_in(kCarrier, scan(R"("status":"lost","description":7)")),
            "/description It must be a text of 1 to 500 bytes.");
}

TEST(GenericScans, ASourceIsAName) {
  EXPECT_EQ(error_in(kCarrier, scan(R"("status":"lost","source":"a:b")")),
            "/source It may have letters, digits and - _ . only.");
}

TEST(GenericScans, LetsInTheHmacOfTheBody) {
  EXPECT_EQ(
      refusal(kCarrier,
              kSecret,
              {.signature = "sha256=" + std::string{kHmacHex}, .token = "", .body = kSignedBody}),
      "");
}

TEST(GenericScans, RefusesAnotherBody) {
  EXPECT_EQ(refusal(kCarrier,
                    kSecret,
                    {.signature = "sha256=" + std::string{kHmacHex}, .token = "", .body = "{}"}),
            "signature_invalid");
}

TEST(GenericScans, RefusesARequestWithoutASignature) {
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = "", .token = "", .body = kSignedBody}),
            "signature_missing");
}

}  // namespace
}  // namespace returnflows::carriers

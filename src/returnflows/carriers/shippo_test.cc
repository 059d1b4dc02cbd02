#include <string>

#include <gtest/gtest.h>

#include "returnflows/carriers/payload_under_test_test.h"

namespace returnflows::carriers {
namespace {

constexpr Carrier kCarrier = Carrier::kShippo;

// HMAC-SHA256 of "1772720400." and kSignedBody, made by Python's hmac.
constexpr std::string_view kSignature =
    "t=1772720400,v1=424c734afe32180d946c554d58304c54b260e5b0109103a1387fc967969c7b40";

std::string update(std::string_view status, std::string_view substatus) {
  return R"({"event":"track_updated","data":{"tracking_number":"SH1","tracking_status":{"status":")" +
         std::string{status} + R"(","substatus":{"code":")" + std::string{substatus} +
         R"("},"status_date":"2026-03-02T10:00:00Z"},"tracking_history":[]}})";
}

TEST(Shippo, ReadsHistoryAndNewestStatusOnce) {
  const auto scans = scans_in(kCarrier, fixture("shippo_track_updated"));
  EXPECT_EQ(history_of(scans),
            "label_created 2026-03-03T08:00:00.000Z, in_transit 2026-03-03T17:45:00.000Z, "
            "in_transit 2026-03-04T11:30:00.000Z");
  EXPECT_EQ(scans.at(1).description, "Package accepted.");
  EXPECT_EQ(scans.at(1).location.city, "Portland");
  EXPECT_EQ(scans.at(1).source, "shippo:9205500000000000000022/TRANSIT/2026-03-03T17:45:00.000Z");
}

// Webhooks are not idempotent: the same scan comes with another object_id.
TEST(Shippo, ARepeatedUpdateHasTheSameSources) {
  std::string again = fixture("shippo_track_updated");
  const std::string id = "b0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5";
  again.replace(again.find(id), id.size(), "f0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5");
  EXPECT_EQ(scans_in(kCarrier, again), scans_in(kCarrier, fixture("shippo_track_updated")));
}

TEST(Shippo, TransitToAParcelShopIsNoProgress) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, update("TRANSIT", "pickup_available"))),
            "available_for_pickup");
}

TEST(Shippo, ReturnedIsTheWayBackToTheCustomer) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, update("RETURNED", "return_to_sender"))),
            "returned_to_customer");
}

TEST(Shippo, AFailureWithALostPackageIsLost) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, update("FAILURE", "package_lost"))), "lost");
}

TEST(Shippo, OtherEventsAreNoScans) {
  EXPECT_EQ(scans_in(kCarrier, R"({"event":"transaction_created","data":{}})"),
            std::vector<ReportedScan>{});
}

TEST(Shippo, LetsInTheTokenOfTheUrl) {
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = "", .token = kSecret, .body = kSignedBody}),
            "");
}

TEST(Shippo, LetsInTheHmacOfTimeAndBody) {
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = kSignature, .token = "", .body = kSignedBody}),
            "");
}

TEST(Shippo, RefusesAnotherTokenAndAnotherTime) {
  EXPECT_EQ(
      refusal(
          kCarrier, kSecret, {.signature = "", .token = "merchant-secret-2", .body = kSignedBody}),
      "signature_invalid");
  std::string later{kSignature};
  later[2] = '2';
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = later, .token = "", .body = kSignedBody}),
            "signature_invalid");
}

TEST(Shippo, RefusesARequestWithNeither) {
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = "", .token = "", .body = kSignedBody}),
            "signature_missing");
}

TEST(Shippo, ASecretMustStandInAUrl) {
  EXPECT_FALSE(check_carrier_secret(kCarrier, "token&more").has_value());
  EXPECT_FALSE(check_carrier_secret(kCarrier, std::string(101, 'a')).has_value());
  EXPECT_TRUE(check_carrier_secret(kCarrier, "aZ9-._~x").has_value());
}

}  // namespace
}  // namespace returnflows::carriers

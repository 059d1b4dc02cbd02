#include <string>

#include <gtest/gtest.h>

#include "returnflows/carriers/payload_under_test_test.h"

namespace returnflows::carriers {
namespace {

constexpr Carrier kCarrier = Carrier::kShip24;

std::string event(std::string_view milestone, std::string_view code) {
  return R"({"trackings":[{"tracker":{"trackingNumber":"S1"},"events":[{"eventId":"e1",
             "occurrenceDatetime":"2026-03-02T10:00:00","statusMilestone":")" +
         std::string{milestone} + R"(","statusCode":")" + std::string{code} + R"("}]}]})";
}

TEST(Ship24, ReadsEveryParcelOfAMessage) {
  const auto scans = scans_in(kCarrier, fixture("ship24_trackings"));
  ASSERT_EQ(scans.size(), 2U);
  EXPECT_EQ(scans.at(0).tracking_number, "00370000000000000045");
  EXPECT_EQ(scans.at(0).status, returns::ScanStatus::kDelivered);
  EXPECT_EQ(scans.at(1).tracking_number, "00370000000000000044");
  EXPECT_EQ(scans.at(1).status, returns::ScanStatus::kInTransit);
  EXPECT_EQ(scans.at(1).description, "Indleveret i pakkeshop");
  EXPECT_EQ(scans.at(1).location.name, "Odense");
}

TEST(Ship24, AScanIsKnownByItsEventId) {
  EXPECT_EQ(scans_in(kCarrier, fixture("ship24_trackings")).at(1).source,
            "ship24:3c9e7d5a-1b2f-4e6d-8a90-7f6e5d4c3b2a");
}

TEST(Ship24, ATimeWithoutAZoneCountsAsUtcAndOneWithAnOffsetByIt) {
  EXPECT_EQ(history_of(scans_in(kCarrier, fixture("ship24_trackings"))),
            "delivered 2026-03-04T09:00:00.000Z, in_transit 2026-03-04T17:12:57.000Z");
}

TEST(Ship24, AFailedAttemptIsAnException) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, event("failed_attempt", "delivery_attempted"))),
            "exception");
}

TEST(Ship24, TheCodeTellsAParcelOnItsWayBack) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, event("exception", "exception_return"))),
            "returned_to_customer");
}

TEST(Ship24, AMessageWithoutParcelsIsRefused) {
  EXPECT_EQ(error_in(kCarrier, "{}"), "/trackings There is no list of parcels.");
}

TEST(Ship24, AParcelWithoutANumberIsNamedByItsPlace) {
  EXPECT_EQ(
      error_in(kCarrier, R"({"trackings":[{"tracker":{"trackingNumber":"S1"}},{"tracker":{}}]})"),
      "/trackings/1/tracker/trackingNumber There is no tracking number.");
}

TEST(Ship24, LetsInTheBearerOfTheSecret) {
  EXPECT_EQ(
      refusal(
          kCarrier, kSecret, {.signature = "Bearer merchant-secret-1", .token = "", .body = "{}"}),
      "");
}

TEST(Ship24, RefusesAnotherBearer) {
  EXPECT_EQ(
      refusal(
          kCarrier, kSecret, {.signature = "Bearer merchant-secret-2", .token = "", .body = "{}"}),
      "signature_invalid");
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = kSecret, .token = "", .body = "{}"}),
            "signature_invalid");
}

TEST(Ship24, RefusesARequestWithoutAnAuthorization) {
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = "", .token = "", .body = "{}"}),
            "signature_missing");
}

TEST(Ship24, ASecretMustStandInAHeader) {
  EXPECT_FALSE(check_carrier_secret(kCarrier, "hemmelig-nøgle").has_value());
}

}  // namespace
}  // namespace returnflows::carriers

#include <string>

#include <gtest/gtest.h>

#include "returnflows/carriers/payload_under_test_test.h"

namespace returnflows::carriers {
namespace {

constexpr Carrier kCarrier = Carrier::kAfterShip;

std::string update(std::string_view tag, std::string_view subtag) {
  return R"({"event":"tracking_update","msg":{"tracking_number":"AS1","checkpoints":[{"tag":")" +
         std::string{tag} + R"(","subtag":")" + std::string{subtag} +
         R"(","checkpoint_time":"2026-03-02T10:00:00+01:00"}]}})";
}

TEST(AfterShip, ReadsTheCheckpoints) {
  const auto scans = scans_in(kCarrier, fixture("aftership_tracking_update"));
  EXPECT_EQ(history_of(scans),
            "in_transit 2026-03-02T18:48:00.000Z, in_transit 2026-03-05T07:15:00.000Z, "
            "delivered 2026-03-05T14:05:00.000Z");
  EXPECT_EQ(scans.at(0).carrier_status, "InTransit");
  EXPECT_EQ(scans.at(0).location.name, "Flensburg, Germany");
  EXPECT_EQ(scans.at(0).location.city, "Flensburg");
  EXPECT_EQ(scans.at(0).location.country_code, std::nullopt) << "it has three letters";
  EXPECT_EQ(scans.at(0).source,
            "aftership:00340000000000000033/InTransit/2026-03-02T18:48:00.000Z");
}

TEST(AfterShip, TheMessageIdIsNotThatOfAScan) {
  std::string again = fixture("aftership_tracking_update");
  const std::string id = "5e0c2b7a-6f1d-4c83-9a52-0d7b1c9e4f36";
  again.replace(again.find(id), id.size(), "6e0c2b7a-6f1d-4c83-9a52-0d7b1c9e4f36");
  EXPECT_EQ(scans_in(kCarrier, again), scans_in(kCarrier, fixture("aftership_tracking_update")));
}

TEST(AfterShip, AFailedAttemptIsAnException) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, update("AttemptFail", "AttemptFail_001"))), "exception");
}

TEST(AfterShip, AnExpiredTrackingIsAnException) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, update("Expired", "Expired_001"))), "exception");
}

TEST(AfterShip, TheSubtagTellsAParcelOnItsWayBack) {
  const auto scans = scans_in(kCarrier, update("Exception", "Exception_010"));
  EXPECT_EQ(statuses_of(scans), "returned_to_customer");
  EXPECT_EQ(scans.at(0).carrier_status, "Exception_010");
}

TEST(AfterShip, TheSubtagTellsALostParcel) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, update("Exception", "Exception_013"))), "lost");
}

TEST(AfterShip, APendingParcelHasTheTimeOfTheMessage) {
  EXPECT_EQ(history_of(scans_in(kCarrier,
                                R"({"ts":1772720400,"event":"tracking_update",
              "msg":{"tracking_number":"AS1","tag":"Pending","checkpoints":[]}})")),
            "label_created 2026-03-05T14:20:00.000Z");
}

TEST(AfterShip, ANewDeliveryDateIsNoScan) {
  EXPECT_EQ(scans_in(kCarrier, R"({"event":"edd_revise","msg":{"tracking_number":"AS1"}})"),
            std::vector<ReportedScan>{});
}

TEST(AfterShip, LetsInTheHmacOfTheBody) {
  EXPECT_EQ(
      refusal(kCarrier, kSecret, {.signature = kHmacBase64, .token = "", .body = kSignedBody}), "");
}

TEST(AfterShip, RefusesAnotherSecret) {
  EXPECT_EQ(refusal(kCarrier,
                    "merchant-secret-2",
                    {.signature = kHmacBase64, .token = "", .body = kSignedBody}),
            "signature_invalid");
}

TEST(AfterShip, RefusesARequestWithoutASignature) {
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = "", .token = "", .body = kSignedBody}),
            "signature_missing");
}

}  // namespace
}  // namespace returnflows::carriers

#include <string>

#include <gtest/gtest.h>

#include "returnflows/carriers/payload_under_test_test.h"

namespace returnflows::carriers {
namespace {

constexpr Carrier kCarrier = Carrier::kEasyPost;

std::string tracker(std::string_view details, std::string_view rest = "") {
  return R"({"description":"tracker.updated","result":{"tracking_code":"EP1","tracking_details":[)" +
         std::string{details} + "]" + std::string{rest} + "}}";
}

TEST(EasyPost, ReadsTheWholeHistoryOfATracker) {
  const auto scans = scans_in(kCarrier, fixture("easypost_tracker_updated"));
  EXPECT_EQ(history_of(scans),
            "label_created 2026-03-01T09:00:00.000Z, in_transit 2026-03-02T16:40:00.000Z, "
            "in_transit 2026-03-05T07:10:00.000Z, delivered 2026-03-05T14:20:00.000Z");
  const ReportedScan& handed_in = scans.at(1);
  EXPECT_EQ(handed_in.tracking_number, "9400100000000000000011");
  EXPECT_EQ(handed_in.carrier_status, "in_transit");
  EXPECT_EQ(handed_in.description, "Accepted at post office");
  EXPECT_EQ(handed_in.location.city, "Springfield");
  EXPECT_EQ(handed_in.location.country_code, "US");
  EXPECT_EQ(handed_in.source,
            "easypost:9400100000000000000011/in_transit/2026-03-02T16:40:00.000Z");
}

TEST(EasyPost, ReturnToSenderIsTheWayBackToTheCustomer) {
  EXPECT_EQ(
      statuses_of(scans_in(
          kCarrier, tracker(R"({"status":"return_to_sender","datetime":"2026-03-02T10:00:00Z"})"))),
      "returned_to_customer");
}

TEST(EasyPost, AFailureWithALostParcelIsLost) {
  EXPECT_EQ(
      statuses_of(scans_in(
          kCarrier,
          tracker(
              R"({"status":"failure","status_detail":"lost","datetime":"2026-03-02T10:00:00Z"})"))),
      "lost");
}

TEST(EasyPost, AvailableForPickupIsAParcelShopAndNotTheWarehouse) {
  EXPECT_EQ(statuses_of(scans_in(
                kCarrier,
                tracker(R"({"status":"available_for_pickup","datetime":"2026-03-02T10:00:00Z"})"))),
            "available_for_pickup");
}

TEST(EasyPost, ATrackerWithoutHistoryHasTheStatusThatItStates) {
  EXPECT_EQ(
      history_of(scans_in(
          kCarrier, tracker("", R"(,"status":"in_transit","updated_at":"2026-03-02T10:00:00Z")"))),
      "in_transit 2026-03-02T10:00:00.000Z");
}

TEST(EasyPost, EventsOfOtherObjectsAreNoScans) {
  EXPECT_EQ(scans_in(kCarrier, R"({"description":"batch.updated","result":{"id":"batch_1"}})"),
            std::vector<ReportedScan>{});
}

TEST(EasyPost, ATrackerWithoutATrackingCodeIsRefused) {
  EXPECT_EQ(error_in(kCarrier, R"({"description":"tracker.updated","result":{}})"),
            "/result/tracking_code There is no tracking number.");
}

TEST(EasyPost, LetsInTheHmacOfTheBody) {
  EXPECT_EQ(refusal(kCarrier,
                    kSecret,
                    {.signature = "hmac-sha256-hex=" + std::string{kHmacHex},
                     .token = "",
                     .body = kSignedBody}),
            "");
}

TEST(EasyPost, RefusesAnotherBody) {
  EXPECT_EQ(refusal(kCarrier,
                    kSecret,
                    {.signature = "hmac-sha256-hex=" + std::string{kHmacHex},
                     .token = "",
                     .body = R"({"a":2})"}),
            "signature_invalid");
}

// A webhook that was made without a secret is not signed at all.
TEST(EasyPost, RefusesARequestWithoutASignature) {
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = "", .token = kSecret, .body = kSignedBody}),
            "signature_missing");
}

TEST(EasyPost, ASecretBeyondAsciiIsRefusedBeforeItIsStored) {
  const Status checked = check_carrier_secret(kCarrier, "hemmelig-nøgle");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kInvalidInput);
  EXPECT_TRUE(checked.error().detail.contains("ASCII"));
  EXPECT_TRUE(check_carrier_secret(kCarrier, "hemmelig-key").has_value());
}

}  // namespace
}  // namespace returnflows::carriers

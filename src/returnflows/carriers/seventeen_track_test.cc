#include <string>

#include <gtest/gtest.h>

#include "returnflows/carriers/payload_under_test_test.h"

namespace returnflows::carriers {
namespace {

constexpr Carrier kCarrier = Carrier::kSeventeenTrack;

// SHA-256 of kSignedBody, "/" and kSecret, made by Python's hashlib.
constexpr std::string_view kSign =
    "c859164c39fb086229de9e5dd90a6e4401247b38ea61d09651272e3325c67895";

std::string latest(std::string_view status, std::string_view sub_status) {
  return R"({"event":"TRACKING_UPDATED","data":{"number":"T1","track_info":{"latest_status":{"status":")" +
         std::string{status} + R"(","sub_status":")" + std::string{sub_status} +
         R"("},"latest_event":{"time_utc":null,"time_iso":"2026-03-02T10:00:00+01:00"}}}})";
}

TEST(SeventeenTrack, ReadsTheEventsOldestFirst) {
  const auto scans = scans_in(kCarrier, fixture("seventeen_track_updated"));
  EXPECT_EQ(history_of(scans),
            "in_transit 2026-03-03T14:00:00.000Z, available_for_pickup 2026-03-05T09:30:00.000Z");
  EXPECT_EQ(scans.at(0).tracking_number, "RR000000055DK");
  EXPECT_EQ(scans.at(0).description, "Handed in by the sender");
  EXPECT_EQ(scans.at(0).location.city, "Malmö");
  EXPECT_EQ(scans.at(0).location.country_code, "SE");
  EXPECT_EQ(scans.at(0).source, "17track:RR000000055DK/InTransit/2026-03-03T14:00:00.000Z");
}

TEST(SeventeenTrack, TheLatestStatusCountsWhereEventsHaveNone) {
  EXPECT_EQ(history_of(scans_in(kCarrier, latest("Delivered", "Delivered_Other"))),
            "delivered 2026-03-02T09:00:00.000Z");
}

TEST(SeventeenTrack, ADeliveryFailureIsAnException) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, latest("DeliveryFailure", "DeliveryFailure_NoBody"))),
            "exception");
}

TEST(SeventeenTrack, TheSubStatusTellsAParcelOnItsWayBack) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, latest("Exception", "Exception_Returned"))),
            "returned_to_customer");
}

TEST(SeventeenTrack, TheSubStatusTellsALostParcel) {
  EXPECT_EQ(statuses_of(scans_in(kCarrier, latest("Exception", "Exception_Lost"))), "lost");
}

TEST(SeventeenTrack, TheEndOfTrackingIsNoScan) {
  EXPECT_EQ(scans_in(kCarrier, fixture("seventeen_track_stopped")), std::vector<ReportedScan>{});
}

TEST(SeventeenTrack, VersionOneIsRefusedWithWhatToDo) {
  EXPECT_EQ(
      error_in(kCarrier, R"({"event":"TRACKING_UPDATED","data":{"number":"T1","track":{"e":40}}})"),
      "/data/track This is version 1 of 17TRACK's webhooks; choose version 2 or later in its "
      "settings.");
}

TEST(SeventeenTrack, LetsInTheSignInEitherCase) {
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = kSign, .token = "", .body = kSignedBody}), "");
  std::string upper{kSign};
  for (char& c : upper) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = upper, .token = "", .body = kSignedBody}), "");
}

TEST(SeventeenTrack, RefusesAnotherBody) {
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = kSign, .token = "", .body = "{}"}),
            "signature_invalid");
}

TEST(SeventeenTrack, RefusesWhatIsNotHexadecimal) {
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = "zz", .token = "", .body = kSignedBody}),
            "signature_invalid");
}

TEST(SeventeenTrack, RefusesARequestWithoutASign) {
  EXPECT_EQ(refusal(kCarrier, kSecret, {.signature = "", .token = "", .body = kSignedBody}),
            "signature_missing");
}

}  // namespace
}  // namespace returnflows::carriers

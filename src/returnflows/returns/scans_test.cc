#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

#include "returnflows/base/limits.h"
#include "returnflows/returns/return_under_test_test.h"

// Rows 4 to 6 of docs/returns.md, and what each kind of scan does to the rest of a return.
namespace returnflows::returns {
namespace {

using std::chrono::hours;

const Shipment& shipment(const ReturnState& state) {
  return state.shipments.front();
}

ReturnUnderTest labelled() {
  ReturnUnderTest subject;
  subject.create();
  subject.label();
  subject.now += hours{1};
  return subject;
}

TEST(Scan, ThatLosesTheParcelStopsTheCountdownUntilTheParcelMovesAgain) {
  for (const ScanStatus lost :
       {ScanStatus::kLost, ScanStatus::kException, ScanStatus::kReturnedToCustomer}) {
    ReturnUnderTest subject = labelled();
    subject.settings.auto_close = Switch::kOn;
    subject.settings.trigger = Trigger::kHandedIn;
    subject.hand_in();
    ASSERT_EQ(subject.last_story(), "in_transit auto_close_initiated");
    subject.now += hours{1};
    subject.carrier_says(lost);
    ASSERT_EQ(subject.last_story(), "auto_close_cancelled") << scan_status_name(lost);
    const auto& detail = std::get<AutoCloseCancelledDetail>(subject.events().back().detail);
    EXPECT_EQ(detail.reason, CancelReason::kMissingTracking);
    EXPECT_FALSE(detail.is_latched);
    subject.now += hours{1};
    subject.hand_in();
    EXPECT_EQ(subject.last_story(), "auto_close_initiated") << scan_status_name(lost);
  }
}

TEST(Scan, FindsALostParcelOnlyWhenItShowsTheParcelMoving) {
  for (const auto& [status, is_lost_after] :
       std::initializer_list<std::pair<ScanStatus, bool>>{{ScanStatus::kLabelCreated, true},
                                                          {ScanStatus::kException, true},
                                                          {ScanStatus::kLost, true},
                                                          {ScanStatus::kReturnedToCustomer, true},
                                                          {ScanStatus::kInTransit, false},
                                                          {ScanStatus::kAvailableForPickup, false},
                                                          {ScanStatus::kDelivered, false}}) {
    ReturnUnderTest subject = labelled();
    subject.give(LoseTracking{});
    subject.carrier_says(status);
    EXPECT_EQ(subject.state().flags.tracking_lost, is_lost_after) << scan_status_name(status);
  }
}

TEST(Scan, FromBeforeTheLossDoesNotFindTheParcel) {
  ReturnUnderTest subject = labelled();
  subject.carrier_says(ScanStatus::kLost);
  subject.carrier_says(ScanStatus::kInTransit, subject.now - hours{1});
  EXPECT_TRUE(subject.state().flags.tracking_lost);
  EXPECT_TRUE(has_alert(subject.state(), AlertCode::kTrackingException));
  EXPECT_EQ(shipment(subject.state()).status, ScanStatus::kLost);
}

TEST(Scan, InferredHandInShowsTheParcelInTransit) {
  ReturnUnderTest subject = labelled();
  subject.deliver();
  ASSERT_EQ(subject.last_story(), "in_transit delivered");
  const Shipment& on_its_way = shipment(subject.last().events.front().snapshot);
  EXPECT_EQ(on_its_way.status, ScanStatus::kInTransit);
  EXPECT_FALSE(on_its_way.delivered_at);
  EXPECT_EQ(shipment(subject.last().events.back().snapshot).status, ScanStatus::kDelivered);
}

TEST(Scan, HandInThatComesAfterANewerAnnouncementShowsTheParcelInTransit) {
  ReturnUnderTest subject = labelled();
  subject.carrier_says(ScanStatus::kLabelCreated);
  subject.carrier_says(ScanStatus::kInTransit, subject.now - hours{1});
  ASSERT_EQ(subject.last_story(), "in_transit");
  EXPECT_EQ(shipment(subject.last().events.front().snapshot).status, ScanStatus::kInTransit);
}

TEST(Scan, OfAVoidedLabelIsNotedOnce) {
  ReturnUnderTest subject = labelled();
  subject.give(GenerateLabel{.carrier = "gls_dk", .tracking_number = "2"});
  const std::size_t before = subject.state().timeline.size();
  for (int repeat = 0; repeat < 3; ++repeat)
    subject.carrier_says(ScanStatus::kInTransit, subject.now - hours{1});
  EXPECT_EQ(subject.state().timeline.size(), before + 1);
  EXPECT_EQ(subject.last_story(), "");
  subject.carrier_says(ScanStatus::kInTransit);
  EXPECT_EQ(subject.state().timeline.size(), before + 2) << "another scan has its own line";
}

TEST(Scan, AtAParcelShopIsAHandInButNoDelivery) {
  ReturnUnderTest subject = labelled();
  subject.carrier_says(ScanStatus::kAvailableForPickup);
  ASSERT_EQ(subject.last_story(), "in_transit");
  EXPECT_FALSE(std::get<ShipmentDetail>(subject.events().back().detail).is_inferred);
  EXPECT_TRUE(shipment(subject.state()).handed_in_at);
  EXPECT_FALSE(shipment(subject.state()).delivered_at);
}

TEST(Scan, IsKeptInTheOrderOfTheCarriersTimes) {
  ReturnUnderTest subject = labelled();
  subject.carrier_says(ScanStatus::kLost);
  subject.carrier_says(ScanStatus::kInTransit, subject.now - hours{1});
  ASSERT_EQ(subject.last_story(), "in_transit");
  EXPECT_EQ(std::get<ShipmentDetail>(subject.events().back().detail).scan_index, 0U);
  const auto& scans = shipment(subject.events().back().snapshot).scans;
  ASSERT_EQ(scans.size(), 2U);
  EXPECT_EQ(scans.front().status, ScanStatus::kInTransit);
  EXPECT_EQ(scans.back().status, ScanStatus::kLost);
}

TEST(Scan, OfTheSameTimeStaysBehindTheOneThatCameFirst) {
  ReturnUnderTest subject = labelled();
  subject.hand_in();
  subject.deliver();
  EXPECT_EQ(std::get<ShipmentDetail>(subject.events().back().detail).scan_index, 1U);
  EXPECT_EQ(shipment(subject.state()).scans.back().status, ScanStatus::kDelivered);
}

TEST(Scan, PushesOutTheOldestWhenTooManyAreKept) {
  ReturnUnderTest subject = labelled();
  for (std::size_t scan = 0; scan <= limits::kScansKept; ++scan) {
    subject.now += hours{1};
    subject.hand_in();
  }
  const Timestamp start = subject.now - hours{limits::kScansKept};
  EXPECT_EQ(shipment(subject.state()).scans.size(), limits::kScansKept);
  EXPECT_EQ(shipment(subject.state()).scans.front().at, start + hours{1});
  subject.carrier_says(ScanStatus::kDelivered, start);
  EXPECT_EQ(shipment(subject.state()).scans.size(), limits::kScansKept);
  EXPECT_EQ(std::get<ShipmentDetail>(subject.events().back().detail).scan_index, 0U);
  EXPECT_EQ(shipment(subject.state()).scans.front().status, ScanStatus::kDelivered);
}

}  // namespace
}  // namespace returnflows::returns

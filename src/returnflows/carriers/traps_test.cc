// The traps of tracking on a return, each from a carrier's payload to the events of the return.

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/base/time_text.h"
#include "returnflows/carriers/payload_under_test_test.h"
#include "returnflows/returns/decision.h"

namespace returnflows::carriers {
namespace {

using returns::ScanStatus;

// A return with one label, which the scans of payloads are given to.
class LabelledReturn {
 public:
  LabelledReturn() {
    give(returns::CreateReturn{.return_id = "ret_1", .payment_due = {}});
    label("T1");
  }

  void label(std::string number) {
    give(returns::GenerateLabel{.carrier = "post", .tracking_number = std::move(number)});
    events_.clear();
  }

  void receive(Carrier carrier, std::string_view body) {
    for (ReportedScan& scan : scans_in(carrier, body)) {
      give(to_command(std::move(scan)));
    }
  }

  // The events since the last label: "in_transit delivered".
  const std::string& events() const { return events_; }

  const returns::ReturnState& state() const { return state_; }

 private:
  void give(returns::CommandBody body) {
    auto outcome = returns::decide(state_,
                                   {.body = std::move(body), .actor = {}},
                                   parse_rfc3339("2026-04-01T00:00:00Z").value(),
                                   {});
    ASSERT_TRUE(outcome.has_value()) << outcome.error().reason;
    state_ = std::move(outcome->state);
    for (const returns::Event& event : outcome->events) {
      const std::string_view name = event_type_name(event.type);
      if (!events_.empty()) events_ += ' ';
      events_ += name.substr(name.rfind('.') + 1);
    }
  }

  returns::ReturnState state_;
  std::string events_;
};

struct Checkpoint {
  std::string_view time;
  std::string_view tag;
  std::string_view subtag = {};
};

std::string aftership(const std::vector<Checkpoint>& checkpoints) {
  std::string out = R"({"event":"tracking_update","msg":{"tracking_number":"T1","checkpoints":[)";
  for (const Checkpoint& checkpoint : checkpoints) {
    if (!out.ends_with('[')) out += ',';
    out += R"({"tag":")" + std::string{checkpoint.tag} + R"(","subtag":")" +
           std::string{checkpoint.subtag} + R"(","checkpoint_time":")" +
           std::string{checkpoint.time} + R"("})";
  }
  return out + "]}}";
}

TEST(CarrierTraps, AParcelShopIsNeverTheWarehouse) {
  LabelledReturn parcel;
  parcel.receive(Carrier::kAfterShip,
                 aftership({{.time = "2026-03-02T10:00:00Z", .tag = "InTransit"},
                            {.time = "2026-03-03T10:00:00Z", .tag = "AvailableForPickup"}}));
  EXPECT_EQ(parcel.events(), "in_transit");
}

TEST(CarrierTraps, AParcelThatGoesBackToTheCustomerRaisesAnAlertAndNoEvent) {
  LabelledReturn parcel;
  parcel.receive(
      Carrier::kAfterShip,
      aftership({{.time = "2026-03-03T10:00:00Z", .tag = "Exception", .subtag = "Exception_011"}}));
  EXPECT_EQ(parcel.events(), "");
  EXPECT_TRUE(returns::has_alert(parcel.state(), returns::AlertCode::kTrackingException));
}

TEST(CarrierTraps, ADeliveryAfterTheWayBackIsOneToTheCustomer) {
  LabelledReturn parcel;
  parcel.receive(
      Carrier::kAfterShip,
      aftership({{.time = "2026-03-02T10:00:00Z", .tag = "InTransit"},
                 {.time = "2026-03-03T10:00:00Z", .tag = "Exception", .subtag = "Exception_010"},
                 {.time = "2026-03-04T10:00:00Z", .tag = "InTransit"},
                 {.time = "2026-03-05T10:00:00Z", .tag = "Delivered"}}));
  EXPECT_EQ(parcel.events(), "in_transit");
}

TEST(CarrierTraps, ADeliveryBeforeTheWayBackStaysOne) {
  EXPECT_EQ(
      statuses_of(scans_in(
          Carrier::kAfterShip,
          aftership(
              {{.time = "2026-03-05T10:00:00Z", .tag = "Delivered"},
               {.time = "2026-03-06T10:00:00Z", .tag = "Exception", .subtag = "Exception_010"}}))),
      "delivered, returned_to_customer");
}

TEST(CarrierTraps, AHistoryOutOfOrderIsReadByTheCarriersTime) {
  LabelledReturn parcel;
  parcel.receive(Carrier::kAfterShip,
                 aftership({{.time = "2026-03-05T10:00:00Z", .tag = "Delivered"},
                            {.time = "2026-03-02T10:00:00Z", .tag = "InTransit"}}));
  EXPECT_EQ(parcel.events(), "in_transit delivered");
  EXPECT_FALSE(parcel.state().shipments.at(0).is_in_transit_inferred);
}

TEST(CarrierTraps, ADeliveryOnTheDateOfTheHandInComesAfterIt) {
  LabelledReturn parcel;
  parcel.receive(Carrier::kAfterShip,
                 aftership({{.time = "2026-03-05", .tag = "Delivered"},
                            {.time = "2026-03-05", .tag = "InTransit"}}));
  EXPECT_EQ(parcel.events(), "in_transit delivered");
  EXPECT_FALSE(parcel.state().shipments.at(0).is_in_transit_inferred);
}

TEST(CarrierTraps, AnOlderScanThatComesLateDoesNotGoBackwards) {
  LabelledReturn parcel;
  parcel.receive(Carrier::kAfterShip,
                 aftership({{.time = "2026-03-05T10:00:00Z", .tag = "Delivered"}}));
  parcel.receive(Carrier::kAfterShip,
                 aftership({{.time = "2026-03-04T10:00:00Z", .tag = "OutForDelivery"}}));
  EXPECT_EQ(parcel.events(), "in_transit delivered");
  EXPECT_EQ(parcel.state().shipments.at(0).status, ScanStatus::kDelivered);
}

TEST(CarrierTraps, APayloadThatComesTwiceChangesNothing) {
  LabelledReturn parcel;
  const std::string body = aftership({{.time = "2026-03-02T10:00:00Z", .tag = "InTransit"},
                                      {.time = "2026-03-05T10:00:00Z", .tag = "Delivered"}});
  parcel.receive(Carrier::kAfterShip, body);
  const returns::ReturnState before = parcel.state();
  parcel.receive(Carrier::kAfterShip, body);
  EXPECT_EQ(parcel.events(), "in_transit delivered");
  EXPECT_EQ(parcel.state(), before);
}

TEST(CarrierTraps, AScanThatStandsTwiceInAPayloadIsOne) {
  EXPECT_EQ(scans_in(Carrier::kAfterShip,
                     aftership({{.time = "2026-03-02T10:00:00Z", .tag = "InTransit"},
                                {.time = "2026-03-02T11:00:00+01:00", .tag = "InTransit"}}))
                .size(),
            1U);
}

TEST(CarrierTraps, AScanOfAVoidedLabelGoesToTheTimelineOnly) {
  LabelledReturn parcel;
  parcel.label("T2");
  parcel.receive(Carrier::kAfterShip,
                 aftership({{.time = "2026-03-05T10:00:00Z", .tag = "Delivered"}}));
  EXPECT_EQ(parcel.events(), "");
  EXPECT_EQ(parcel.state().timeline.back().note,
            "scan of the voided label T1: delivered at 2026-03-05T10:00:00.000Z");
}

TEST(CarrierTraps, AnUnknownWordMovesNothing) {
  LabelledReturn parcel;
  parcel.receive(Carrier::kAfterShip,
                 aftership({{.time = "2026-03-05T10:00:00Z", .tag = "DeliveredToTheMoon"}}));
  EXPECT_EQ(parcel.events(), "");
  EXPECT_EQ(parcel.state().shipments.at(0).scans.size(), 1U);
}

}  // namespace
}  // namespace returnflows::carriers

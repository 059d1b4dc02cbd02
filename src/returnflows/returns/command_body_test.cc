#include "returnflows/returns/command_body.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/base/time_text.h"

namespace returnflows::returns {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Body>
Body body_of(CommandName name, std::string_view json) {
  const auto command = parse_command(name, json);
  EXPECT_TRUE(command.has_value()) << command.error().detail;
  return std::get<Body>(command.value().body);
}

std::vector<std::string> sentences_of(const Error& error) {
  std::vector<std::string> all;
  for (const FieldError& field : error.fields)
    all.push_back(field.pointer + " " + field.detail);
  return all;
}

std::vector<std::string> problems_of(CommandName name, std::string_view json) {
  const auto command = parse_command(name, json);
  return command ? std::vector<std::string>{} : sentences_of(command.error());
}

TEST(CommandBody, MayBeEmptyForAllButALabel) {
  for (std::size_t i = 0; i < kCommandNameCount; ++i) {
    const auto name = static_cast<CommandName>(i);
    EXPECT_EQ(parse_command(name, "").has_value(), name != CommandName::kLabel)
        << command_name_text(name);
  }
}

TEST(CommandBody, IsTheCommandOfItsName) {
  for (std::size_t i = 0; i < kCommandNameCount; ++i) {
    const auto name = static_cast<CommandName>(i);
    const auto command = parse_command(name,
                                       name == CommandName::kLabel
                                           ? R"({"carrier": "gls_dk", "tracking_number": "1"})"
                                           : R"({"reason": "asked", "note": "by phone"})");
    ASSERT_TRUE(command.has_value()) << command.error().detail;
    EXPECT_EQ(name_of(command->body), name);
  }
}

TEST(CommandBody, IsOfTheApiUnlessItNamesSomeone) {
  EXPECT_EQ(parse_command(CommandName::kClose, "")->actor, Actor{});
}

TEST(CommandBody, ReadsTheActor) {
  const auto command = parse_command(
      CommandName::kClose, R"({"actor": {"type": "staff", "id": "usr_7", "name": "Bo Holm"}})");
  EXPECT_EQ(command->actor, (Actor{.type = ActorType::kStaff, .id = "usr_7", .name = "Bo Holm"}));
}

TEST(CommandBody, TakesNobodyForTheServerItself) {
  EXPECT_THAT(problems_of(CommandName::kClose, R"({"actor": {"type": "auto_close"}})"),
              ElementsAre("/actor/type Must be one of: customer, staff, api, wms."));
}

TEST(CommandBody, NamesTheFieldThatWasMeant) {
  EXPECT_THAT(problems_of(CommandName::kCancel, R"({"raeson": "regret"})"),
              ElementsAre("/raeson This field is not known; did you mean 'reason'?"));
}

TEST(CommandBody, OfAPaymentHasItsReference) {
  const auto pay =
      body_of<SettlePayment>(CommandName::kPay, R"({"provider": "card", "reference": "tx_1"})");
  EXPECT_EQ(pay.provider, "card");
  EXPECT_EQ(pay.reference, "tx_1");
}

TEST(CommandBody, OfALabelHasItsParcel) {
  const auto label = body_of<GenerateLabel>(
      CommandName::kLabel,
      R"({"carrier": "gls_dk", "tracking_number": "98765432109", "label_url": "https://x.test/1"})");
  EXPECT_EQ(label.carrier, "gls_dk");
  EXPECT_EQ(label.tracking_number, "98765432109");
  EXPECT_EQ(label.url, "https://x.test/1");
}

TEST(CommandBody, OfALabelHasItsForm) {
  const auto label = body_of<GenerateLabel>(CommandName::kLabel, R"({
    "carrier": "gls_dk", "tracking_number": "1", "carrier_name": "GLS Denmark",
    "service": "ShopReturn", "format": "pdf", "qr_code_url": "https://x.test/q", "labelless": true,
    "tracking_url": "https://x.test/t", "cost": {"amount": "45.00", "currency": "DKK"}})");
  EXPECT_EQ(label.form,
            (LabelForm{.carrier_name = "GLS Denmark",
                       .service = "ShopReturn",
                       .format = "pdf",
                       .qr_code_url = "https://x.test/q",
                       .is_labelless = true,
                       .tracking_url = "https://x.test/t",
                       .cost = parse_money("45", Currency::parse("DKK").value()).value()}));
}

TEST(CommandBody, OfALabelNeedsItsParcel) {
  EXPECT_THAT(problems_of(CommandName::kLabel, R"({"carrier": ""})"),
              ElementsAre(HasSubstr("/carrier This field is required"),
                          HasSubstr("/tracking_number This field is required")));
}

TEST(CommandBody, OfALabelTakesOnlyALinkThatCanBeFollowed) {
  EXPECT_THAT(
      problems_of(CommandName::kLabel,
                  R"({"carrier": "a", "tracking_number": "1", "label_url": "javascript:x"})"),
      ElementsAre(HasSubstr("/label_url Must be a URL")));
}

TEST(CommandBody, OfAPauseKeepsReasonAndNote) {
  const auto pause = body_of<PauseReturn>(CommandName::kPause,
                                          R"({"reason": "stock_check", "note": "two\nlines"})");
  EXPECT_EQ(pause.scope, Scope::kReturn);
  EXPECT_EQ(pause.reason, "stock_check");
  EXPECT_EQ(pause.note, "two\nlines");
}

TEST(CommandBody, OfACancellationAndAResetKeepsTheReason) {
  EXPECT_EQ(body_of<CancelReturn>(CommandName::kCancel, R"({"reason": "regret"})").reason,
            "regret");
  EXPECT_EQ(body_of<ResetReturn>(CommandName::kReset, R"({"reason": "mistake"})").reason,
            "mistake");
}

TEST(CommandBody, OfAProcessingIsByStaffAndUnseenUnlessItSaysMore) {
  const auto process = body_of<ProcessReturn>(CommandName::kProcess, "{}");
  EXPECT_EQ(process.source, ProcessSource::kStaff);
  EXPECT_EQ(process.inspection, Inspection::kNotInspected);
}

TEST(CommandBody, OfAProcessingByTheWarehouseSystemHasItAsItsSource) {
  const auto process =
      body_of<ProcessReturn>(CommandName::kProcess, R"({"actor": {"type": "wms"}})");
  EXPECT_EQ(process.source, ProcessSource::kWms);
}

TEST(CommandBody, OfAProcessingSaysWhoLookedAtTheGoods) {
  const auto process =
      body_of<ProcessReturn>(CommandName::kProcess, R"({"source": "system", "inspected": true})");
  EXPECT_EQ(process.source, ProcessSource::kSystem);
  EXPECT_EQ(process.inspection, Inspection::kInspected);
}

TEST(CommandBody, OfAProcessingIsNeverByTheCountdown) {
  EXPECT_THAT(problems_of(CommandName::kProcess, R"({"source": "auto_close"})"),
              ElementsAre("/source Must be one of: staff, wms, system."));
}

TEST(CommandBody, OfAProcessingHasItsDecisions) {
  const auto process = body_of<ProcessReturn>(CommandName::kProcess, R"({"items": [
    {"id": "rit_01", "decision": "rejected", "rejection_reason": "worn", "condition": "damaged",
     "restock": false, "quantity_received": 2},
    {"id": "rit_02"}]})");
  EXPECT_THAT(process.items,
              ElementsAre(ItemOutcome{.item_id = "rit_01",
                                      .decision = ItemDecision::kRejected,
                                      .rejection_reason = "worn",
                                      .condition = "damaged",
                                      .is_restocked = false,
                                      .quantity_received = 2},
                          ItemOutcome{.item_id = "rit_02", .decision = ItemDecision::kAccepted}));
}

TEST(CommandBody, OfAProcessingNamesWhatIsWrongWithItsDecisions) {
  EXPECT_THAT(problems_of(CommandName::kProcess, R"({"items": [
                {"decision": "pending", "quantity_received": -1},
                {"id": "rit_02", "decision": "accepted", "rejection_reason": "worn"}]})"),
              ElementsAre(HasSubstr("/items/0/id This field is required"),
                          HasSubstr("/items/0/quantity_received Must be a whole number from 0"),
                          HasSubstr("/items/0/decision Must be one of: accepted, rejected."),
                          HasSubstr("/items/1/rejection_reason Only an item")));
}

CarrierScan scan_of(std::string_view json) {
  const auto scan = parse_scan(json);
  EXPECT_TRUE(scan.has_value()) << scan.error().detail;
  return scan.value();
}

TEST(ScanBody, HasAllThatTheCarrierSaid) {
  const CarrierScan scan = scan_of(R"({
    "tracking_number": "98765432109", "status": "delivered", "occurred_at": "2026-02-06T14:00:00Z",
    "source": "gls", "event_id": "7", "carrier_status": "DELIVERED", "description": "At the gate",
    "location": {"name": "Warehouse", "city": "Brabrand", "country_code": "DK"}})");
  EXPECT_EQ(scan.tracking_number, "98765432109");
  EXPECT_EQ(scan.status, ScanStatus::kDelivered);
  EXPECT_EQ(scan.occurred_at, parse_rfc3339("2026-02-06T14:00:00Z").value());
  EXPECT_EQ(scan.source, "gls:7");
  EXPECT_EQ(scan.carrier_status, "DELIVERED");
  EXPECT_EQ(scan.description, "At the gate");
  EXPECT_EQ(scan.location,
            (ScanLocation{.name = "Warehouse", .city = "Brabrand", .country_code = "DK"}));
}

TEST(ScanBody, HasNoIdentityByItsSourceAlone) {
  EXPECT_EQ(scan_of(R"({"tracking_number": "1", "status": "in_transit", "source": "gls",
                        "occurred_at": "2026-02-06T14:00:00Z"})")
                .source,
            std::nullopt);
}

TEST(ScanBody, HasAnIdentityWithoutASource) {
  EXPECT_EQ(scan_of(R"({"tracking_number": "1", "status": "in_transit", "event_id": "9",
                        "occurred_at": "2026-02-06T14:00:00Z"})")
                .source,
            "scan:9");
}

TEST(ScanBody, NeedsParcelStatusAndTime) {
  const auto scan = parse_scan("{}");
  ASSERT_FALSE(scan.has_value());
  EXPECT_THAT(sentences_of(scan.error()),
              ElementsAre(HasSubstr("/tracking_number This field is required"),
                          HasSubstr("/status This field is required"),
                          HasSubstr("/occurred_at This field is required")));
}

TEST(ScanBody, NamesTheStatusesThatThereAre) {
  const auto scan = parse_scan(
      R"({"tracking_number": "1", "status": "DELIVERED", "occurred_at": "2026-02-06T14:00:00Z"})");
  ASSERT_FALSE(scan.has_value());
  EXPECT_THAT(sentences_of(scan.error()),
              ElementsAre(HasSubstr("in_transit, available_for_pickup")));
}

}  // namespace
}  // namespace returnflows::returns

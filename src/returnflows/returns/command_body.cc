#include "returnflows/returns/command_body.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "returnflows/base/limits.h"
#include "returnflows/returns/actor_reader.h"
#include "returnflows/returns/body_reader.h"

namespace returnflows::returns {
namespace {

constexpr std::array<std::string_view, 3> kCommonFields = {"actor", "reason", "note"};
constexpr std::array<std::string_view, 5> kPayFields = {
    "provider", "reference", "actor", "reason", "note"};
constexpr std::array<std::string_view, 13> kLabelFields = {"carrier",
                                                           "tracking_number",
                                                           "label_url",
                                                           "carrier_name",
                                                           "service",
                                                           "format",
                                                           "qr_code_url",
                                                           "labelless",
                                                           "tracking_url",
                                                           "cost",
                                                           "actor",
                                                           "reason",
                                                           "note"};
constexpr std::array<std::string_view, 6> kProcessFields = {
    "source", "inspected", "items", "actor", "reason", "note"};
constexpr std::array<std::string_view, 6> kDecisionFields = {
    "id", "decision", "rejection_reason", "condition", "restock", "quantity_received"};
constexpr std::array<std::string_view, 8> kScanFields = {"tracking_number",
                                                         "status",
                                                         "occurred_at",
                                                         "source",
                                                         "event_id",
                                                         "carrier_status",
                                                         "description",
                                                         "location"};
constexpr std::array<std::string_view, 3> kLocationFields = {"name", "city", "country_code"};

constexpr std::array kDecisions = {ItemDecision::kAccepted, ItemDecision::kRejected};

// A countdown that runs out has its own path: nobody asks for it.
constexpr std::array kProcessSources = {
    ProcessSource::kStaff, ProcessSource::kWms, ProcessSource::kSystem};

constexpr std::array kScanStatuses = {ScanStatus::kLabelCreated,
                                      ScanStatus::kInTransit,
                                      ScanStatus::kAvailableForPickup,
                                      ScanStatus::kDelivered,
                                      ScanStatus::kException,
                                      ScanStatus::kReturnedToCustomer,
                                      ScanStatus::kLost};

// Before the event id of a scan whose sender does not name itself.
constexpr std::string_view kUnnamedScanSource = "scan";

template <class Enum, std::size_t Count>
std::optional<Enum> read_choice(const ObjectReader& body,
                                std::string_view field,
                                const std::array<Enum, Count>& values,
                                std::string_view (*name_of_value)(Enum)) {
  std::array<std::string_view, Count> names;
  std::ranges::transform(values, names.begin(), name_of_value);
  const auto index = body.choice(field, names);
  return index ? std::optional{values[*index]} : std::nullopt;
}

std::optional<std::string> read_reason(const ObjectReader& body) {
  return body.line("reason", limits::kReturnNameBytesMax);
}

std::string read_required_line(const ObjectReader& body,
                               std::string_view field,
                               std::string_view example) {
  body.require(field, example);
  return body.line(field, limits::kReturnNameBytesMax).value_or("");
}

SettlePayment read_payment(const ObjectReader& body) {
  return {.provider = body.line("provider", limits::kReturnNameBytesMax),
          .reference = body.line("reference", limits::kReturnNameBytesMax)};
}

std::optional<std::string> read_url(const ObjectReader& body, std::string_view field) {
  auto url = body.line(field, limits::kUrlBytesMax);
  if (url && !url->starts_with("https://") && !url->starts_with("http://"))
    body.report(field, "Must be a URL that starts with https:// or http://.");
  return url;
}

GenerateLabel read_label(const ObjectReader& body) {
  return {.carrier = read_required_line(body, "carrier", R"("gls_dk")"),
          .tracking_number = read_required_line(body, "tracking_number", R"("98765432109")"),
          .url = read_url(body, "label_url"),
          .form = {.carrier_name = body.line("carrier_name", limits::kReturnNameBytesMax),
                   .service = body.line("service", limits::kReturnNameBytesMax),
                   .format = body.line("format", limits::kReturnNameBytesMax),
                   .qr_code_url = read_url(body, "qr_code_url"),
                   .is_labelless = body.boolean("labelless").value_or(false),
                   .tracking_url = read_url(body, "tracking_url"),
                   .cost = body.money("cost", std::nullopt)}};
}

ItemOutcome read_decision(const ObjectReader& object) {
  ItemOutcome outcome{
      .item_id = read_required_line(object, "id", R"("rit_01")"),
      .decision = ItemDecision::kAccepted,
      .rejection_reason = object.line("rejection_reason", limits::kReturnNoteBytesMax),
      .condition = object.line("condition", limits::kReturnNameBytesMax),
      .is_restocked = object.boolean("restock"),
      .quantity_received = object.integer("quantity_received", 0, limits::kItemQuantityMax)};
  if (const auto decision = read_choice(object, "decision", kDecisions, item_decision_name))
    outcome.decision = *decision;
  if (outcome.rejection_reason && outcome.decision == ItemDecision::kAccepted)
    object.report("rejection_reason", "Only an item with the decision \"rejected\" has this.");
  return outcome;
}

ProcessReturn read_processing(const ObjectReader& body, ActorType actor) {
  const ProcessSource usual =
      actor == ActorType::kWms ? ProcessSource::kWms : ProcessSource::kStaff;
  ProcessReturn process{
      .source = read_choice(body, "source", kProcessSources, process_source_name).value_or(usual),
      .inspection = body.boolean("inspected").value_or(false) ? Inspection::kInspected
                                                              : Inspection::kNotInspected};
  for (const ObjectReader& object : body.objects("items", limits::kReturnItemsMax, kDecisionFields))
    process.items.push_back(read_decision(object));
  return process;
}

std::span<const std::string_view> fields_of(CommandName name) {
  if (name == CommandName::kPay) return kPayFields;
  if (name == CommandName::kLabel) return kLabelFields;
  if (name == CommandName::kProcess) return kProcessFields;
  return kCommonFields;
}

CommandBody read_body(CommandName name,
                      const ObjectReader& body,
                      ActorType actor,
                      std::optional<std::string> reason,
                      std::optional<std::string> note) {
  switch (name) {
    case CommandName::kPay:
      return read_payment(body);
    case CommandName::kComplete:
      return CompleteReturn{};
    case CommandName::kLabel:
      return read_label(body);
    case CommandName::kProcess:
      return read_processing(body, actor);
    case CommandName::kClose:
      return CloseReturn{};
    case CommandName::kCancel:
      return CancelReturn{.reason = std::move(reason)};
    case CommandName::kPause:
      return PauseReturn{.reason = std::move(reason), .note = std::move(note)};
    case CommandName::kResume:
      return ResumeReturn{};
    case CommandName::kReset:
      return ResetReturn{.reason = std::move(reason)};
    case CommandName::kCancelAutoClose:
      return CancelAutoClose{};
    case CommandName::kRearmAutoClose:
      return RearmAutoClose{};
    case CommandName::kMarkNeedsReview:
      return MarkNeedsReview{};
    case CommandName::kClearNeedsReview:
      return ClearNeedsReview{};
    case CommandName::kFlagFraud:
      return FlagFraud{};
    case CommandName::kClearFraud:
      return ClearFraud{};
    case CommandName::kLoseTracking:
      return LoseTracking{};
    case CommandName::kRestoreTracking:
      return RestoreTracking{};
  }
  std::unreachable();
}

// "<source>:<event id>", by which a repeated scan is known. Without an id of the feed it is known
// by its status and time, so that the source alone must not stand here.
std::optional<std::string> read_scan_identity(const ObjectReader& body) {
  const auto source = body.line("source", limits::kReturnNameBytesMax);
  const auto event_id = body.line("event_id", limits::kReturnNameBytesMax);
  if (!event_id) return std::nullopt;
  return source.value_or(std::string{kUnnamedScanSource}) + ":" + *event_id;
}

ScanLocation read_location(const ObjectReader& body) {
  const auto location = body.object("location", kLocationFields);
  if (!location) return {};
  return {.name = location->line("name", limits::kReturnNameBytesMax),
          .city = location->line("city", limits::kReturnNameBytesMax),
          .country_code = location->line("country_code", limits::kReturnNameBytesMax)};
}

}  // namespace

Result<Command> parse_command(CommandName name, std::string_view body) {
  RF_TRY(BodyReader reader,
         BodyReader::open(body, limits::kRequestBytesMax, EmptyBody::kIsEmptyObject));
  const ObjectReader root = reader.root(fields_of(name));
  Actor actor = read_actor(root);
  auto reason = read_reason(root);
  auto note = root.text("note", limits::kReturnNoteBytesMax);
  CommandBody command = read_body(name, root, actor.type, std::move(reason), std::move(note));
  if (!reader.problems().empty()) return reader.problems().refuse();
  return Command{.body = std::move(command), .actor = std::move(actor), .correlation_id = {}};
}

Result<CarrierScan> parse_scan(std::string_view body) {
  RF_TRY(BodyReader reader, BodyReader::open(body, limits::kRequestBytesMax, EmptyBody::kRefused));
  const ObjectReader root = reader.root(kScanFields);
  CarrierScan scan{
      .tracking_number = read_required_line(root, "tracking_number", R"("98765432109")"),
      .status = ScanStatus::kInTransit,
      .occurred_at = root.time("occurred_at").value_or(Timestamp{}),
      .carrier_status = root.line("carrier_status", limits::kReturnNameBytesMax),
      .description = root.text("description", limits::kReturnNoteBytesMax),
      .location = read_location(root),
      .source = read_scan_identity(root)};
  if (const auto status = read_choice(root, "status", kScanStatuses, scan_status_name))
    scan.status = *status;
  root.require("status", R"("in_transit")");
  root.require("occurred_at", R"("2026-02-04T15:22:00Z")");
  if (!reader.problems().empty()) return reader.problems().refuse();
  return scan;
}

}  // namespace returnflows::returns

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "returnflows/base/limits.h"
#include "returnflows/base/time_text.h"
#include "returnflows/returns/reaction.h"
#include "returnflows/returns/rows.h"

namespace returnflows::returns {
namespace {

// "lbl_01": numbered within the return.
std::string numbered(std::string_view prefix, std::int64_t number) {
  return std::string{prefix} + (number < 10 ? "0" : "") + std::to_string(number);
}

void void_older_labels(Transition& transition) {
  ReturnState& state = transition.state;
  for (Label& label : state.labels)
    if (!label.voided_at) label.voided_at = transition.now;
  if (state.labels.size() < limits::kReturnLabelsMax) return;
  std::erase_if(state.shipments, [&](const Shipment& shipment) {
    return shipment.label_id == state.labels.front().id;
  });
  state.labels.erase(state.labels.begin());
}

Shipment* find_live_shipment(ReturnState& state, std::string_view tracking_number) {
  const auto found = std::ranges::find_if(state.shipments, [&](const Shipment& shipment) {
    return shipment.tracking_number == tracking_number && is_live(state, shipment);
  });
  return found == state.shipments.end() ? nullptr : &*found;
}

// The same scan again: by its id, or by what it says when the feed has no ids.
bool is_repeated(const Shipment& shipment, const CarrierScan& scan) {
  return std::ranges::any_of(shipment.scans, [&](const ShipmentScan& known) {
    if (scan.source || known.source) return scan.source == known.source;
    return known.status == scan.status && known.at == scan.occurred_at;
  });
}

bool is_side_state(ScanStatus status) {
  return status == ScanStatus::kException || status == ScanStatus::kReturnedToCustomer ||
         status == ScanStatus::kLost;
}

// A parcel never goes backwards: "in transit" after "delivered" is an old scan that came late.
bool moves_forward(const Shipment& shipment, ScanStatus status) {
  if (status == ScanStatus::kDelivered || is_side_state(status)) return true;
  if (shipment.delivered_at) return false;
  return status != ScanStatus::kLabelCreated || !shipment.handed_in_at;
}

// Keeps the scan among the others, oldest first. Returns its place in the shipment's list.
std::size_t keep(Shipment& shipment, const CarrierScan& scan, Timestamp now) {
  if (shipment.scans.size() == limits::kScansKept) shipment.scans.erase(shipment.scans.begin());
  const auto place = std::ranges::upper_bound(
      shipment.scans, scan.occurred_at, std::ranges::less{}, &ShipmentScan::at);
  const auto kept = shipment.scans.insert(place,
                                          {.at = scan.occurred_at,
                                           .status = scan.status,
                                           .carrier_status = scan.carrier_status,
                                           .description = scan.description,
                                           .location = scan.location,
                                           .source = scan.source,
                                           .received_at = now});
  return static_cast<std::size_t>(kept - shipment.scans.begin());
}

// What the return learns from the newest word on its parcel: the tracking is lost with a parcel
// that is off its way, and found with one that moves on. An announcement is neither.
void update_tracking(Transition& transition, ScanStatus status) {
  ReturnState& state = transition.state;
  if (status == ScanStatus::kLabelCreated) return;
  // A closed return waits for no parcel, and nobody could restore its tracking.
  state.flags.tracking_lost = is_side_state(status) && state.is_open();
  if (is_side_state(status))
    transition.raise(AlertCode::kTrackingException);
  else
    transition.clear(AlertCode::kTrackingException);
}

// Moves the parcel to where the scan saw it.
void advance(Shipment& shipment, const CarrierScan& scan) {
  shipment.status = scan.status;
  shipment.carrier_status = scan.carrier_status;
}

// Takes over what the scan says when the carrier has said nothing newer. Row 6 moves a delivered
// parcel itself, after the hand-in that it may have to infer.
void take_over(Transition& transition, Shipment& shipment, const CarrierScan& scan, Timestamp at) {
  if (shipment.last_event_at && at < *shipment.last_event_at) return;
  shipment.last_event_at = at;
  transition.clear(AlertCode::kNoTracking7d);
  transition.clear(AlertCode::kNoTracking14d);
  if (!moves_forward(shipment, scan.status)) return;
  if (scan.status != ScanStatus::kDelivered) advance(shipment, scan);
  update_tracking(transition, scan.status);
}

// The line says all that tells one scan from another, so that a repeated one adds nothing.
void note_of_voided_label(Transition& transition, const CarrierScan& scan) {
  transition.note("scan of the voided label " + scan.tracking_number + ": " +
                  std::string{scan_status_name(scan.status)} + " at " +
                  format_rfc3339(scan.occurred_at));
}

enum class Acceptance : std::uint8_t { kScanned, kInferred };

// One scan on its way through rows 5 and 6.
struct Sighting {
  std::size_t shipment_index = 0;
  std::size_t scan_index = 0;
  Timestamp at;
};

// Row 5.
void hand_in(Transition& transition, const Sighting& sighting, Acceptance acceptance) {
  Shipment& shipment = transition.state.shipments[sighting.shipment_index];
  if (shipment.handed_in_at) return;
  shipment.handed_in_at = sighting.at;
  shipment.is_in_transit_inferred = acceptance == Acceptance::kInferred;
  // An older scan than the announcement, or one that only says where the way ended.
  if (shipment.status == ScanStatus::kLabelCreated) shipment.status = ScanStatus::kInTransit;
  transition.clear(AlertCode::kHandInExpired);
  transition.emit(EventType::kShipmentInTransit,
                  transition.by_command("CarrierScan"),
                  ShipmentDetail{.shipment_id = shipment.id,
                                 .scan_index = sighting.scan_index,
                                 .is_inferred = shipment.is_in_transit_inferred},
                  sighting.at);
  react(transition);
}

// Row 6.
void deliver(Transition& transition, const Sighting& sighting, const CarrierScan& scan) {
  Shipment& shipment = transition.state.shipments[sighting.shipment_index];
  // A side state that is newer than this scan stands; an older one is over.
  const bool is_aside = is_side_state(shipment.status);
  const bool is_newest = sighting.at >= shipment.last_event_at;
  if (is_aside && is_newest) shipment.status = ScanStatus::kInTransit;
  hand_in(transition, sighting, Acceptance::kInferred);
  if (!is_aside || is_newest) advance(shipment, scan);
  if (shipment.delivered_at) return;
  shipment.delivered_at = sighting.at;
  transition.emit(
      EventType::kShipmentDelivered,
      transition.by_command("CarrierScan"),
      ShipmentDetail{
          .shipment_id = shipment.id, .scan_index = sighting.scan_index, .is_inferred = false},
      sighting.at);
}

}  // namespace

void generate_label(Transition& transition, const GenerateLabel& command) {
  ReturnState& state = transition.state;
  std::optional<std::string> replaced;
  for (const Label& label : state.labels)
    if (!label.voided_at) replaced = label.id;
  void_older_labels(transition);
  state.label_count += 1;
  const std::string label_id = numbered("lbl_", state.label_count);
  state.labels.push_back({.id = label_id,
                          .carrier = command.carrier,
                          .tracking_number = command.tracking_number,
                          .url = command.url,
                          .form = command.form,
                          .generated_at = transition.now,
                          .replaces_label_id = replaced,
                          .voided_at = std::nullopt});
  Shipment shipment;
  shipment.id = numbered("shp_", state.label_count);
  shipment.label_id = label_id;
  shipment.carrier = command.carrier;
  shipment.tracking_number = command.tracking_number;
  shipment.created_at = transition.now;
  state.shipments.push_back(std::move(shipment));
  state.flags.tracking_lost = false;
  for (const AlertCode code :
       {AlertCode::kLabelFailed, AlertCode::kNoTracking7d, AlertCode::kNoTracking14d})
    transition.clear(code);
  transition.emit(EventType::kReturnLabelGenerated,
                  transition.by_command("GenerateLabel"),
                  LabelDetail{.label_id = label_id});
}

void report_label_failure(Transition& transition) {
  if (transition.state.is_ready()) transition.raise(AlertCode::kLabelFailed);
}

bool knows_tracking_number(const ReturnState& state, std::string_view tracking_number) {
  return std::ranges::find(state.labels, tracking_number, &Label::tracking_number) !=
         state.labels.end();
}

void scan(Transition& transition, const CarrierScan& command) {
  ReturnState& state = transition.state;
  Shipment* shipment = find_live_shipment(state, command.tracking_number);
  if (shipment == nullptr) {
    note_of_voided_label(transition, command);
    return;
  }
  if (is_repeated(*shipment, command)) return;
  // A carrier whose clock is ahead must not put off a close.
  const Timestamp at = std::min(command.occurred_at, transition.now);
  const Sighting sighting{
      .shipment_index = static_cast<std::size_t>(shipment - state.shipments.data()),
      .scan_index = keep(*shipment, command, transition.now),
      .at = at};
  take_over(transition, *shipment, command, at);
  // At a parcel shop the customer's part is done, the warehouse's has not begun.
  if (command.status == ScanStatus::kInTransit || command.status == ScanStatus::kAvailableForPickup)
    hand_in(transition, sighting, Acceptance::kScanned);
  if (command.status == ScanStatus::kDelivered) deliver(transition, sighting, command);
}

}  // namespace returnflows::returns

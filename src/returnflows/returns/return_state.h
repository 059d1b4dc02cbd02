#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/money.h"
#include "returnflows/events/event_type.h"
#include "returnflows/returns/facts.h"

// One return: a lifecycle and what runs beside it. Plain values, changed only by decide().
// Source: docs/returns.md.
namespace returnflows::returns {

enum class Lifecycle : std::uint8_t {
  kNone,       // Not created yet. Out: row 1.
  kCreated,    // In: rows 1 and 15. Out: rows 3 and 14.
  kCompleted,  // Created and ready for processing, not finished. In: row 3. Out: 7, 8, 9, 14, 15.
  kProcessed,  // Handled internally. In: rows 7, 8, 9. Out: rows 8, 9, 14, 15.
  kClosed,     // Money moved. Final. In: rows 8 and 9.
  kCanceled,   // Final. In: row 14.
};

// "created"; "none" before the first event.
std::string_view lifecycle_name(Lifecycle lifecycle);

// The lifecycle of that name; nullopt for "none" and for anything else.
std::optional<Lifecycle> find_lifecycle(std::string_view name);

enum class ActorType : std::uint8_t {
  kCustomer,
  kStaff,
  kApi,
  kWms,
  kCarrier,
  kSystem,
  kAutoClose
};

std::string_view actor_type_name(ActorType type);

// Who did something.
struct Actor {
  ActorType type = ActorType::kApi;
  std::optional<std::string> id = {};
  std::optional<std::string> name = {};

  bool operator==(const Actor&) const = default;
};

// Actors that are not people: what the server does by itself.
Actor system_actor();
Actor auto_close_actor();

enum class Scope : std::uint8_t { kReturn, kOrder };

std::string_view scope_name(Scope scope);

// The hold of a return, or of all open returns of its order. Present while paused.
struct Pause {
  Scope scope = Scope::kReturn;
  std::optional<std::string> reason = {};
  std::optional<std::string> note = {};
  Timestamp paused_at;
  Actor paused_by;

  bool operator==(const Pause&) const = default;
};

enum class PaymentStatus : std::uint8_t { kNotRequired, kDue, kPaid };

std::string_view payment_status_name(PaymentStatus status);

// What the customer owes before the return is complete.
struct Payment {
  PaymentStatus status = PaymentStatus::kNotRequired;
  Money due;
  std::optional<Timestamp> paid_at = {};
  std::optional<std::string> provider = {};
  std::optional<std::string> reference = {};

  bool is_settled() const { return status != PaymentStatus::kDue; }

  bool operator==(const Payment&) const = default;
};

enum class PayoutKind : std::uint8_t { kRefund, kGiftCard };

std::string_view payout_kind_name(PayoutKind kind);

enum class PayoutStatus : std::uint8_t {
  kPending,    // Wanted at the close. In: row 1, row 15. Out: rows 8, 9, 14.
  kUnderWay,   // Given to the provider. In: rows 8, 9. Out: its result.
  kSucceeded,  // Final.
  kFailed,     // In: its result. Out: the next close tries again; row 14 cannot if unknown.
  kCanceled,   // In: row 14; row 7, when nothing is left of it. Out: row 15.
};

std::string_view payout_status_name(PayoutStatus status);

struct PayoutError {
  std::string code = {};
  std::string message = {};
  bool is_retryable = false;

  bool operator==(const PayoutError&) const = default;
};

// One movement of money. Its key (return, revision, id) executes at most once.
struct Payout {
  std::string id = {};
  PayoutKind kind = PayoutKind::kRefund;
  Money amount;
  std::optional<std::string> gateway = {};
  std::optional<std::string> parent_transaction_id = {};
  PayoutStatus status = PayoutStatus::kPending;
  // It was given to the provider and nobody knows what came of it: ask before trying again.
  bool is_outcome_unknown = false;
  // The check after the close has its last word: arrived, or failed after all.
  bool is_checked = false;
  std::optional<std::string> external_id = {};
  std::optional<std::string> last_characters = {};  // Of an issued card's code, never more.
  std::optional<PayoutError> error = {};
  std::optional<Timestamp> executed_at = {};

  bool operator==(const Payout&) const = default;
};

enum class ExchangeStatus : std::uint8_t { kNone, kOnHold, kReleased, kFulfilled, kCanceled };

std::string_view exchange_status_name(ExchangeStatus status);

enum class ReleaseReason : std::uint8_t { kInstantExchange, kReturnClosed };

std::string_view release_reason_name(ReleaseReason reason);

struct ExchangeRegion {
  ExchangeStatus status = ExchangeStatus::kNone;
  std::optional<std::string> order_number = {};
  std::optional<Timestamp> released_at = {};
  std::optional<ReleaseReason> release_reason = {};

  bool operator==(const ExchangeRegion&) const = default;
};

// What a label looks like and where it leads, as far as whoever made it says so.
struct LabelForm {
  std::optional<std::string> carrier_name = {};  // For people.
  std::optional<std::string> service = {};       // The carrier's product.
  std::optional<std::string> format = {};        // "pdf".
  std::optional<std::string> qr_code_url = {};
  bool is_labelless = false;  // Nothing has to be printed.
  std::optional<std::string> tracking_url = {};
  std::optional<Money> cost = {};  // What the shop pays for it.

  bool operator==(const LabelForm&) const = default;
};

struct Label {
  std::string id = {};
  std::string carrier = {};
  std::string tracking_number = {};
  std::optional<std::string> url = {};
  LabelForm form = {};
  Timestamp generated_at;
  std::optional<std::string> replaces_label_id = {};
  std::optional<Timestamp> voided_at = {};

  bool operator==(const Label&) const = default;
};

// What a carrier's scan means for a return. Source: domain of events, docs/returns.md#scans.
enum class ScanStatus : std::uint8_t {
  kLabelCreated,        // Known to the carrier, not handed in: no event.
  kInTransit,           // Handed in or moving towards the warehouse.
  kAvailableForPickup,  // At a parcel shop: handed in, and not at the warehouse.
  kDelivered,           // At the warehouse.
  kException,           // Side state with an alert; the tracking is lost.
  kReturnedToCustomer,  // Side state with an alert; the tracking is lost.
  kLost,                // Side state with an alert; the tracking is lost.
};

std::string_view scan_status_name(ScanStatus status);

struct ScanLocation {
  std::optional<std::string> name = {};
  std::optional<std::string> city = {};
  std::optional<std::string> country_code = {};

  bool operator==(const ScanLocation&) const = default;
};

struct ShipmentScan {
  Timestamp at;  // The carrier's time.
  ScanStatus status = ScanStatus::kInTransit;
  std::optional<std::string> carrier_status = {};
  std::optional<std::string> description = {};
  ScanLocation location = {};
  std::optional<std::string> source = {};  // "<source>:<event id>": what tells a repeated scan.
  Timestamp received_at;

  bool operator==(const ShipmentScan&) const = default;
};

struct Shipment {
  std::string id = {};
  std::string label_id = {};
  std::string carrier = {};
  std::string tracking_number = {};
  ScanStatus status = ScanStatus::kLabelCreated;
  std::optional<std::string> carrier_status = {};
  std::optional<Timestamp> last_event_at = {};
  std::optional<Timestamp> handed_in_at = {};
  std::optional<Timestamp> delivered_at = {};
  bool is_in_transit_inferred = false;
  Timestamp created_at;
  std::vector<ShipmentScan> scans;  // Oldest first, by the carrier's time.

  bool operator==(const Shipment&) const = default;
};

enum class AutoCloseStatus : std::uint8_t {
  kOff,           // The setting is off, or the return is canceled. In and out: the reaction.
  kArmed,         // Waits for its trigger. In: the setting, rows 11, 13, 15. Out: R3.
  kCountingDown,  // In: R3. Out: rows 8, 9, 10, 12, 14, 15 and R2.
  kExecuting,     // Payouts of the close are under way. In and out: row 9.
  kCompleted,     // Final. In: row 9.
  kCancelled,     // In: whatever ends a countdown. Out: R3, unless latched; row 11.
  kFailed,        // In: rows 9 and 17. Out: row 11.
};

std::string_view auto_close_status_name(AutoCloseStatus status);

enum class Trigger : std::uint8_t { kDelivered, kHandedIn };

std::string_view trigger_name(Trigger trigger);

enum class CancelReason : std::uint8_t {
  kPaused,
  kNeedsReview,
  kFraudDetection,
  kPaymentDue,
  kMissingTracking,
  kTriggerNotMet,
  kSettingDisabled,
  kStaff,
  kManualClose,
  kReturnCanceled,
  kReturnReset,
};

std::string_view cancel_reason_name(CancelReason reason);

enum class FailurePhase : std::uint8_t { kExecute, kAfterCloseCheck };

std::string_view failure_phase_name(FailurePhase phase);

struct AutoCloseFailure {
  std::string payout_id = {};
  FailurePhase phase = FailurePhase::kExecute;
  std::string message = {};
  bool is_retryable = false;

  bool operator==(const AutoCloseFailure&) const = default;
};

struct AutoCloseRegion {
  AutoCloseStatus status = AutoCloseStatus::kOff;
  std::int64_t attempt = 0;  // Countdowns that were started in this revision.
  bool is_latched = false;   // Only row 11 lets it start again, armed as it may be.
  // A resume, a re-arm or the completion after a reset: the delay counts from here when the trigger
  // is older.
  std::optional<Timestamp> counts_from = {};
  std::optional<Timestamp> initiated_at = {};
  std::optional<Timestamp> closes_at = {};
  std::optional<Timestamp> cancelled_at = {};
  std::optional<CancelReason> cancel_reason = {};
  std::optional<Timestamp> completed_at = {};
  std::optional<Timestamp> failed_at = {};
  std::optional<AutoCloseFailure> failure = {};

  bool operator==(const AutoCloseRegion&) const = default;
};

struct Flags {
  bool needs_review = false;
  bool fraud_hold = false;
  // Nobody knows that the parcel is on its way: row 16, or a scan that says so. Found again by a
  // scan that shows it moving, a new label, or row 16.
  bool tracking_lost = false;

  bool operator==(const Flags&) const = default;
};

enum class AlertCode : std::uint8_t {
  kRefundFailed,             // Critical: at the close, or found by the check after it.
  kAutoCloseCancelledFraud,  // Warning; cleared when the return is closed.
  kNoTracking7d,             // Info; cleared by a scan.
  kNoTracking14d,            // Warning; cleared by a scan.
  kHandInExpired,            // Info; cleared by the hand-in.
  kPaymentDue,               // Warning; cleared by the payment.
  kLabelFailed,              // Warning; cleared by the next label.
  kTrackingException,        // Warning; cleared by a scan that is none.
};

std::string_view alert_code_name(AlertCode code);
std::string_view alert_severity(AlertCode code);

struct Alert {
  std::string id = {};
  AlertCode code = AlertCode::kRefundFailed;
  Timestamp raised_at;
  std::optional<Timestamp> cleared_at = {};

  bool operator==(const Alert&) const = default;
};

// A close between its two commits: the payouts are out, the money is not there yet.
struct CloseRun {
  Actor by;
  Timestamp started_at;

  bool operator==(const CloseRun&) const = default;
};

enum class CheckStatus : std::uint8_t { kNone, kScheduled, kDone };

// The check of the payouts a while after the close.
struct AfterCloseCheck {
  CheckStatus status = CheckStatus::kNone;
  std::optional<Timestamp> due_at = {};
  std::int64_t asked_count = 0;  // Times that the provider was asked.

  bool operator==(const AfterCloseCheck&) const = default;
};

// One line of the return's history: an event, or a note about what made none.
struct TimelineEntry {
  Timestamp at;
  std::optional<EventType> type = {};  // Absent for a note.
  std::string note = {};               // Empty for an event.
  ActorType actor = ActorType::kSystem;
  std::int64_t sequence = 0;  // Of the event; for a note, that of the event before it.

  bool operator==(const TimelineEntry&) const = default;
};

enum class ItemDecision : std::uint8_t { kPending, kAccepted, kRejected };

std::string_view item_decision_name(ItemDecision decision);

// What was decided about one item when the return was processed.
struct ItemOutcome {
  std::string item_id = {};  // ItemFacts::id.
  ItemDecision decision = ItemDecision::kPending;
  std::optional<std::string> rejection_reason = {};
  std::optional<std::string> condition = {};  // "not_inspected", "as_new", "damaged", ….
  std::optional<bool> is_restocked = {};
  std::optional<std::int64_t> quantity_received = {};

  bool operator==(const ItemOutcome&) const = default;
};

// The whole return.
struct ReturnState {
  std::string id = {};
  std::int64_t revision = 1;
  std::int64_t event_count = 0;  // The sequence of the last event.
  Lifecycle lifecycle = Lifecycle::kNone;
  Lifecycle previous_lifecycle = Lifecycle::kNone;
  // Completes by itself once nothing is due. A reset takes it away: then it waits for row 3.
  bool completes_itself = true;
  std::optional<Timestamp> created_at = {};
  std::optional<Timestamp> updated_at = {};
  std::optional<Timestamp> completed_at = {};
  std::optional<Timestamp> processed_at = {};
  std::optional<Timestamp> closed_at = {};
  std::optional<Timestamp> canceled_at = {};
  std::optional<ActorType> closed_by = {};
  std::optional<Timestamp> hand_in_deadline = {};
  std::optional<Pause> pause = {};
  Flags flags;
  Payment payment;
  // In: row 7. Out: row 15. An item that is not in the list is pending.
  std::vector<ItemOutcome> item_outcomes = {};
  // As the decisions of row 7 left them; absent: those of the facts. Out: row 15.
  std::optional<ReturnTotals> processed_totals = {};
  std::vector<Payout> payouts = {};
  ExchangeRegion exchange;
  std::vector<Label> labels;
  std::int64_t label_count = 0;  // Ever generated: numbers the next one and its shipment.
  std::vector<Shipment> shipments;
  AutoCloseRegion auto_close;
  std::optional<CloseRun> close_run = {};
  AfterCloseCheck after_close_check;
  std::vector<Alert> alerts;
  std::int64_t alert_count = 0;  // Ever raised: numbers the next one.
  std::vector<TimelineEntry> timeline;
  // What was bought and by whom; never changes after row 1, so that snapshots share it. Equal
  // states share it too: two that were read from a disk apart hold the same words and are not
  // equal.
  std::shared_ptr<const ReturnFacts> facts = {};

  bool is_open() const {
    return lifecycle == Lifecycle::kCreated || lifecycle == Lifecycle::kCompleted ||
           lifecycle == Lifecycle::kProcessed;
  }

  bool is_ready() const {
    return lifecycle == Lifecycle::kCompleted || lifecycle == Lifecycle::kProcessed;
  }

  bool operator==(const ReturnState&) const = default;
};

// The label of that shipment is not voided.
bool is_live(const ReturnState& state, const Shipment& shipment);

// The shipments whose labels are not voided.
std::vector<const Shipment*> live_shipments(const ReturnState& state);

// At least one live shipment was handed in.
bool is_handed_in(const ReturnState& state);

// Money has left, is leaving, or may have left.
bool has_executed_payout(const ReturnState& state);

// An alert of that code which is not cleared.
bool has_alert(const ReturnState& state, AlertCode code);

// What a person sees first: paused, needs_review, awaiting_payment, created, awaiting_hand_in,
// in_transit, delivered, processed, closed or canceled.
std::string_view display_status(const ReturnState& state);

}  // namespace returnflows::returns

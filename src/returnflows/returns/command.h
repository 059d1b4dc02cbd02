#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/money.h"
#include "returnflows/returns/return_state.h"

// What can be asked of a return, or happen to it: one struct per row of the table in
// docs/returns.md, in its order. They say what, never when: decide() gets the time.
namespace returnflows::returns {

// Row 1. The amounts are worked out already.
struct CreateReturn {
  std::string return_id = {};
  Money payment_due;  // Zero: nothing is due.
  std::vector<Payout> payouts = {};
  std::optional<std::string> exchange_order_number = {};  // Present: goods are exchanged.
  std::optional<Timestamp> hand_in_deadline = {};
  std::shared_ptr<const ReturnFacts> facts = {};
};

// Row 2.
struct SettlePayment {
  std::optional<std::string> provider = {};
  std::optional<std::string> reference = {};
};

// Row 3.
struct CompleteReturn {};

// Row 4.
struct GenerateLabel {
  std::string carrier = {};
  std::string tracking_number = {};
  std::optional<std::string> url = {};
  LabelForm form = {};
};

// Row 4, when the carrier refused to make one.
struct ReportLabelFailure {};

// Rows 5 and 6.
struct CarrierScan {
  std::string tracking_number = {};
  ScanStatus status = ScanStatus::kInTransit;
  Timestamp occurred_at;
  std::optional<std::string> carrier_status = {};
  std::optional<std::string> description = {};
  ScanLocation location = {};
  std::optional<std::string> source =
      {};  // "<source>:<event id>", when the carrier's feed has ids.
};

enum class ProcessSource : std::uint8_t { kStaff, kWms, kAutoClose, kSystem };

std::string_view process_source_name(ProcessSource source);

enum class Inspection : std::uint8_t { kNotInspected, kInspected };

// Row 7.
struct ProcessReturn {
  ProcessSource source = ProcessSource::kStaff;
  Inspection inspection = Inspection::kNotInspected;
  // By item. One that is not listed is accepted, all of its pieces: so is each when a close
  // processes the return on its way. What an outcome leaves open is worked out from the item.
  std::vector<ItemOutcome> items = {};
};

// Row 8.
struct CloseReturn {};

// Rows 8 and 9, second commit: what came of a payout.
struct PayoutSucceeded {
  std::string payout_id = {};
  std::int64_t revision = 1;
  std::optional<std::string> external_id = {};
  std::optional<std::string> last_characters = {};  // Of a gift card's code.
};

enum class PayoutOutcome : std::uint8_t { kRefused, kUnknown };

struct PayoutFailed {
  std::string payout_id = {};
  std::int64_t revision = 1;
  PayoutOutcome outcome = PayoutOutcome::kRefused;
  PayoutError error = {};
};

// Row 10, by staff.
struct CancelAutoClose {};

// Row 11.
struct RearmAutoClose {};

// Row 12. For an order, each of its open returns gets one, with the same correlation id.
struct PauseReturn {
  Scope scope = Scope::kReturn;
  std::optional<std::string> reason = {};
  std::optional<std::string> note = {};
};

// Row 13.
struct ResumeReturn {
  Scope scope = Scope::kReturn;
};

// Row 14.
struct CancelReturn {
  std::optional<std::string> reason = {};
};

// Row 15.
struct ResetReturn {
  std::optional<std::string> reason = {};
};

// Row 16.
struct MarkNeedsReview {};

struct ClearNeedsReview {};

struct FlagFraud {};

struct ClearFraud {};

struct LoseTracking {};

struct RestoreTracking {};

// Row 17: what the provider says of a payout when it is asked.
enum class PayoutVerdict : std::uint8_t { kSettled, kPending, kFailed };

struct CheckedPayout {
  std::string payout_id = {};
  PayoutVerdict verdict = PayoutVerdict::kSettled;
  std::optional<PayoutError> error = {};
};

// The answers that there are; a payout without one counts as pending.
struct CheckAfterClose {
  std::vector<CheckedPayout> payouts;
};

enum class TimerKind : std::uint8_t {
  kAutoClose,        // Row 9.
  kAfterCloseCheck,  // Row 17.
  kNoTracking7d,
  kNoTracking14d,
  kHandInExpired,
  kPaymentDue,
};

inline constexpr std::array kTimerKinds = {
    TimerKind::kAutoClose,
    TimerKind::kAfterCloseCheck,
    TimerKind::kNoTracking7d,
    TimerKind::kNoTracking14d,
    TimerKind::kHandInExpired,
    TimerKind::kPaymentDue,
};

std::string_view timer_kind_name(TimerKind kind);

// A timer came due. It is checked again: one that the return no longer wants changes nothing.
struct FireTimer {
  TimerKind kind = TimerKind::kAutoClose;
};

// The merchant's settings changed: only the reaction runs.
struct ReviewSettings {};

using CommandBody = std::variant<CreateReturn,
                                 SettlePayment,
                                 CompleteReturn,
                                 GenerateLabel,
                                 ReportLabelFailure,
                                 CarrierScan,
                                 ProcessReturn,
                                 CloseReturn,
                                 PayoutSucceeded,
                                 PayoutFailed,
                                 CancelAutoClose,
                                 RearmAutoClose,
                                 PauseReturn,
                                 ResumeReturn,
                                 CancelReturn,
                                 ResetReturn,
                                 MarkNeedsReview,
                                 ClearNeedsReview,
                                 FlagFraud,
                                 ClearFraud,
                                 LoseTracking,
                                 RestoreTracking,
                                 CheckAfterClose,
                                 FireTimer,
                                 ReviewSettings>;

struct Command {
  CommandBody body;
  Actor actor;
  std::optional<std::string> correlation_id = {};
};

// The commands that a person or a program may give over HTTP, in the order in which an answer lists
// those that are allowed.
enum class CommandName : std::uint8_t {
  kPay,
  kComplete,
  kLabel,
  kProcess,
  kClose,
  kCancel,
  kPause,
  kResume,
  kReset,
  kCancelAutoClose,
  kRearmAutoClose,
  kMarkNeedsReview,
  kClearNeedsReview,
  kFlagFraud,
  kClearFraud,
  kLoseTracking,
  kRestoreTracking,
};

inline constexpr std::size_t kCommandNameCount = 17;

// "cancel_auto_close", as in POST /v1/returns/{id}/cancel_auto_close.
std::string_view command_name_text(CommandName name);

// The command of that text; nullopt when there is none.
std::optional<CommandName> find_command_name(std::string_view text);

// The name of a body that can be given over HTTP; nullopt for what only happens to a return.
std::optional<CommandName> name_of(const CommandBody& body);

}  // namespace returnflows::returns

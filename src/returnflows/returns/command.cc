#include "returnflows/returns/command.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace returnflows::returns {
namespace {

constexpr std::array<std::string_view, kCommandNameCount> kCommandTexts = {
    "pay",
    "complete",
    "label",
    "process",
    "close",
    "cancel",
    "pause",
    "resume",
    "reset",
    "cancel_auto_close",
    "rearm_auto_close",
    "mark_needs_review",
    "clear_needs_review",
    "flag_fraud",
    "clear_fraud",
    "lose_tracking",
    "restore_tracking",
};

// What only happens to a return has no name.
template <class Body>
constexpr std::optional<CommandName> kNameOf = std::nullopt;
template <>
constexpr std::optional<CommandName> kNameOf<SettlePayment> = CommandName::kPay;
template <>
constexpr std::optional<CommandName> kNameOf<CompleteReturn> = CommandName::kComplete;
template <>
constexpr std::optional<CommandName> kNameOf<GenerateLabel> = CommandName::kLabel;
template <>
constexpr std::optional<CommandName> kNameOf<ProcessReturn> = CommandName::kProcess;
template <>
constexpr std::optional<CommandName> kNameOf<CloseReturn> = CommandName::kClose;
template <>
constexpr std::optional<CommandName> kNameOf<CancelReturn> = CommandName::kCancel;
template <>
constexpr std::optional<CommandName> kNameOf<PauseReturn> = CommandName::kPause;
template <>
constexpr std::optional<CommandName> kNameOf<ResumeReturn> = CommandName::kResume;
template <>
constexpr std::optional<CommandName> kNameOf<ResetReturn> = CommandName::kReset;
template <>
constexpr std::optional<CommandName> kNameOf<CancelAutoClose> = CommandName::kCancelAutoClose;
template <>
constexpr std::optional<CommandName> kNameOf<RearmAutoClose> = CommandName::kRearmAutoClose;
template <>
constexpr std::optional<CommandName> kNameOf<MarkNeedsReview> = CommandName::kMarkNeedsReview;
template <>
constexpr std::optional<CommandName> kNameOf<ClearNeedsReview> = CommandName::kClearNeedsReview;
template <>
constexpr std::optional<CommandName> kNameOf<FlagFraud> = CommandName::kFlagFraud;
template <>
constexpr std::optional<CommandName> kNameOf<ClearFraud> = CommandName::kClearFraud;
template <>
constexpr std::optional<CommandName> kNameOf<LoseTracking> = CommandName::kLoseTracking;
template <>
constexpr std::optional<CommandName> kNameOf<RestoreTracking> = CommandName::kRestoreTracking;

}  // namespace

std::string_view process_source_name(ProcessSource source) {
  switch (source) {
    case ProcessSource::kStaff:
      return "staff";
    case ProcessSource::kWms:
      return "wms";
    case ProcessSource::kAutoClose:
      return "auto_close";
    case ProcessSource::kSystem:
      return "system";
  }
  std::unreachable();
}

std::string_view timer_kind_name(TimerKind kind) {
  switch (kind) {
    case TimerKind::kAutoClose:
      return "auto_close";
    case TimerKind::kAfterCloseCheck:
      return "after_close_check";
    case TimerKind::kNoTracking7d:
      return "no_tracking_7d";
    case TimerKind::kNoTracking14d:
      return "no_tracking_14d";
    case TimerKind::kHandInExpired:
      return "hand_in_expired";
    case TimerKind::kPaymentDue:
      return "payment_due";
  }
  std::unreachable();
}

std::string_view command_name_text(CommandName name) {
  return kCommandTexts[static_cast<std::size_t>(name)];
}

std::optional<CommandName> find_command_name(std::string_view text) {
  for (std::size_t index = 0; index < kCommandTexts.size(); ++index)
    if (kCommandTexts[index] == text) return static_cast<CommandName>(index);
  return std::nullopt;
}

std::optional<CommandName> name_of(const CommandBody& body) {
  return std::visit([]<class Body>(const Body&) { return kNameOf<Body>; }, body);
}

}  // namespace returnflows::returns

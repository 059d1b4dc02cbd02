#pragma once

#include <optional>
#include <string_view>

#include "returnflows/events/event_type.h"
#include "returnflows/returns/facts.h"
#include "returnflows/returns/return_state.h"

namespace returnflows::returns {

std::string_view check_status_name(CheckStatus status);

// How the enumerators of a type are written, from 0 to `last`.
template <class Enum>
struct EnumText {
  Enum last;
  std::string_view (*name)(Enum);
};

template <class Enum>
inline constexpr EnumText<Enum> kEnumText = {};

template <>
inline constexpr EnumText<Lifecycle> kEnumText<Lifecycle> = {Lifecycle::kCanceled, lifecycle_name};
template <>
inline constexpr EnumText<ActorType> kEnumText<ActorType> = {ActorType::kAutoClose,
                                                             actor_type_name};
template <>
inline constexpr EnumText<Scope> kEnumText<Scope> = {Scope::kOrder, scope_name};
template <>
inline constexpr EnumText<PaymentStatus> kEnumText<PaymentStatus> = {PaymentStatus::kPaid,
                                                                     payment_status_name};
template <>
inline constexpr EnumText<PayoutKind> kEnumText<PayoutKind> = {PayoutKind::kGiftCard,
                                                               payout_kind_name};
template <>
inline constexpr EnumText<PayoutStatus> kEnumText<PayoutStatus> = {PayoutStatus::kCanceled,
                                                                   payout_status_name};
template <>
inline constexpr EnumText<ExchangeStatus> kEnumText<ExchangeStatus> = {ExchangeStatus::kCanceled,
                                                                       exchange_status_name};
template <>
inline constexpr EnumText<ReleaseReason> kEnumText<ReleaseReason> = {ReleaseReason::kReturnClosed,
                                                                     release_reason_name};
template <>
inline constexpr EnumText<ScanStatus> kEnumText<ScanStatus> = {ScanStatus::kLost, scan_status_name};
template <>
inline constexpr EnumText<AutoCloseStatus> kEnumText<AutoCloseStatus> = {AutoCloseStatus::kFailed,
                                                                         auto_close_status_name};
template <>
inline constexpr EnumText<CancelReason> kEnumText<CancelReason> = {CancelReason::kReturnReset,
                                                                   cancel_reason_name};
template <>
inline constexpr EnumText<FailurePhase> kEnumText<FailurePhase> = {FailurePhase::kAfterCloseCheck,
                                                                   failure_phase_name};
template <>
inline constexpr EnumText<AlertCode> kEnumText<AlertCode> = {AlertCode::kTrackingException,
                                                             alert_code_name};
template <>
inline constexpr EnumText<CheckStatus> kEnumText<CheckStatus> = {CheckStatus::kDone,
                                                                 check_status_name};
template <>
inline constexpr EnumText<EventType> kEnumText<EventType> = {EventType::kShipmentDelivered,
                                                             event_type_name};
template <>
inline constexpr EnumText<ItemDecision> kEnumText<ItemDecision> = {ItemDecision::kRejected,
                                                                   item_decision_name};
template <>
inline constexpr EnumText<ItemAction> kEnumText<ItemAction> = {ItemAction::kGiftCard,
                                                               item_action_name};

// The enumerator of that name; nullopt when there is none.
template <class Enum>
std::optional<Enum> find_enumerator(std::string_view name) {
  const int last = static_cast<int>(kEnumText<Enum>.last);
  for (int number = 0; number <= last; ++number)
    if (kEnumText<Enum>.name(static_cast<Enum>(number)) == name) return static_cast<Enum>(number);
  return std::nullopt;
}

}  // namespace returnflows::returns

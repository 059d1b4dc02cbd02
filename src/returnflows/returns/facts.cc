#include "returnflows/returns/facts.h"

#include <string_view>
#include <utility>

namespace returnflows::returns {

std::string_view item_action_name(ItemAction action) {
  switch (action) {
    case ItemAction::kRefund:
      return "refund";
    case ItemAction::kExchange:
      return "exchange";
    case ItemAction::kGiftCard:
      return "gift_card";
  }
  std::unreachable();
}

}  // namespace returnflows::returns

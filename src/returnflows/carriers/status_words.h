#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "returnflows/returns/return_state.h"

namespace returnflows::carriers {

struct StatusWord {
  std::string_view word;
  returns::ScanStatus status;
};

// What a carrier's words mean. Letters count the same in both cases.
struct StatusWords {
  std::span<const StatusWord> words;
  // Second words. They only hold back: see only_hold_back().
  std::span<const StatusWord> details = {};
};

// True when none of `details` makes an event of the return.
consteval bool only_hold_back(std::span<const StatusWord> details) {
  for (const StatusWord& detail : details) {
    if (detail.status == returns::ScanStatus::kInTransit ||
        detail.status == returns::ScanStatus::kDelivered) {
      return false;
    }
  }
  return true;
}

// The entry of `word`; nullptr when the table has none.
const StatusWord* find_word(std::span<const StatusWord> table, std::string_view word);

struct ReadStatus {
  returns::ScanStatus status = returns::ScanStatus::kLabelCreated;
  std::string_view word;  // The one that decided, as the carrier wrote it.
};

// The status of a word and, if the carrier has given one, a second word.
ReadStatus read_status(const StatusWords& table,
                       std::string_view word,
                       std::optional<std::string_view> detail);

}  // namespace returnflows::carriers

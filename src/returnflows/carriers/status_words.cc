#include "returnflows/carriers/status_words.h"

#include <algorithm>

namespace returnflows::carriers {
namespace {

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

const StatusWord* find_word(std::span<const StatusWord> table, std::string_view word) {
  const auto found = std::ranges::find_if(table, [&](const StatusWord& entry) {
    return std::ranges::equal(entry.word, word, {}, to_lower, to_lower);
  });
  return found == table.end() ? nullptr : &*found;
}

ReadStatus read_status(const StatusWords& table,
                       std::string_view word,
                       std::optional<std::string_view> detail) {
  if (detail) {
    if (const StatusWord* found = find_word(table.details, *detail)) {
      return {.status = found->status, .word = *detail};
    }
  }
  const StatusWord* found = find_word(table.words, word);
  return {.status = found == nullptr ? returns::ScanStatus::kLabelCreated : found->status,
          .word = word};
}

}  // namespace returnflows::carriers

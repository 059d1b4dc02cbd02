#include "returnflows/api/cursor.h"

#include <chrono>

#include "returnflows/base/clock.h"

namespace returnflows {
namespace {

constexpr IdPrefix kPrefix = IdPrefix::kAttempt;  // Attempts have no ids in the API.
constexpr std::string_view kPrefixText = "att_";

// A cursor is a public id without its prefix. In the place of its time stands which list it
// belongs to: milliseconds after 1970, when nothing was created.
Timestamp mark_of(ListKind kind, ListOrder order) {
  const int number = 2 * static_cast<int>(kind) + (order == ListOrder::kDescending ? 1 : 0);
  return Timestamp{std::chrono::milliseconds{number}};
}

}  // namespace

std::string format_cursor(const IdCodec& ids, ListKind kind, ListOrder order, std::int64_t row) {
  return ids.encode(kPrefix, row, mark_of(kind, order)).substr(kPrefixText.size());
}

std::optional<std::int64_t> parse_cursor(const IdCodec& ids,
                                         ListKind kind,
                                         ListOrder order,
                                         std::string_view text) {
  const auto decoded = ids.decode(kPrefix, std::string{kPrefixText}.append(text));
  if (!decoded || decoded->row < 1 || decoded->created_at != mark_of(kind, order)) {
    return std::nullopt;
  }
  return decoded->row;
}

}  // namespace returnflows

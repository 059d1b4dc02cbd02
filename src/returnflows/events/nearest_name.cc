#include "returnflows/events/nearest_name.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace returnflows {
namespace {

// How many letters must be changed, added, left out or swapped with their neighbour to get from
// `from` to `to` (optimal string alignment, three rows of the table at a time).
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last(to.size() + 1);
  std::vector<std::size_t> last(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t changed = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[to.size()];
}

}  // namespace

std::optional<std::size_t> nearest_name(std::string_view name,
                                        std::span<const std::string_view> names) {
  if (name.empty() || name.size() > kComparedNameBytesMax) return std::nullopt;
  std::optional<std::size_t> nearest;
  std::size_t distance_min = kComparedNameBytesMax + 1;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t distance = edit_distance(name, names[i]);
    // Nothing in common: "id" is not a slip of the pen for "qty".
    if (distance >= std::min({distance_min, name.size(), names[i].size()})) continue;
    nearest = i;
    distance_min = distance;
  }
  // A third of the letters may be wrong: "shipment.delivered" still finds its way, "hello" does
  // not.
  if (distance_min > std::max<std::size_t>(2, name.size() / 3)) return std::nullopt;
  return nearest;
}

std::string shown_name(std::string_view name) {
  std::size_t shown = std::min(name.size(), kComparedNameBytesMax);
  while (shown < name.size() && shown > 0 &&
         (static_cast<unsigned char>(name[shown]) & 0xC0U) == 0x80U) {
    --shown;
  }
  return std::string{name.substr(0, shown)} + (shown < name.size() ? "…" : "");
}

}  // namespace returnflows

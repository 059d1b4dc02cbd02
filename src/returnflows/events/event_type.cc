#include "returnflows/events/event_type.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returnflows {
namespace {

// The only place where the names stand. The index is the number that is stored.
constexpr std::array<std::string_view, kEventTypeCount> kNames = {
    "return.created",
    "return.completed",
    "return.processed",
    "return.canceled",
    "return.paused",
    "return.resumed",
    "return.closed",
    "return.instant_exchange",
    "return.reset",
    "return.label_generated",
    "return.auto_close_initiated",
    "return.auto_close_cancelled",
    "return.auto_close_completed",
    "return.auto_close_failed",
    "shipment.event.in_transit",
    "shipment.event.delivered",
};

// Names longer than this are not worth comparing: the longest real one has 27 characters.
constexpr std::size_t kComparedNameBytesMax = 48;

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

std::array<EventType, kEventTypeCount> all_event_types() {
  std::array<EventType, kEventTypeCount> types{};
  for (std::size_t i = 0; i < kEventTypeCount; ++i)
    types[i] = static_cast<EventType>(i);
  return types;
}

std::string_view event_type_name(EventType type) {
  return kNames[index_of(type)];
}

std::optional<EventType> find_event_type(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<EventType>(found - kNames.begin());
}

std::optional<EventType> nearest_event_type(std::string_view name) {
  if (name.empty() || name.size() > kComparedNameBytesMax) return std::nullopt;
  std::size_t nearest = 0;
  std::size_t distance_min = kComparedNameBytesMax + 1;
  for (std::size_t i = 0; i < kEventTypeCount; ++i) {
    const std::size_t distance = edit_distance(name, kNames[i]);
    if (distance >= distance_min) continue;
    nearest = i;
    distance_min = distance;
  }
  // A third of the letters may be wrong: "shipment.delivered" still finds its way, "hello" does
  // not.
  if (distance_min > std::max<std::size_t>(2, name.size() / 3)) return std::nullopt;
  return static_cast<EventType>(nearest);
}

std::string unknown_event_type_sentence(std::string_view name) {
  std::size_t shown = std::min(name.size(), kComparedNameBytesMax);
  // Never cut a UTF-8 character in two: the sentence goes out as JSON.
  while (shown < name.size() && shown > 0 &&
         (static_cast<unsigned char>(name[shown]) & 0xC0U) == 0x80U) {
    --shown;
  }
  std::string sentence = "'" + std::string{name.substr(0, shown)} +
                         (shown < name.size() ? "…" : "") + "' is not an event type; ";
  if (const auto nearest = nearest_event_type(name)) {
    return sentence + "did you mean '" + std::string{event_type_name(*nearest)} + "'?";
  }
  return sentence + "GET /v1/event-types lists the " + std::to_string(kEventTypeCount) +
         " that there are.";
}

}  // namespace returnflows

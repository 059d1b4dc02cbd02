#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace returnflows {

// The name of `known` that `typed` is most likely a slip of: the one with the smallest edit
// distance (insert, delete, replace, swap of neighbours), if that is at most a third of its length.
// Ties go to the first. Pure.
std::optional<std::string_view> nearest_name(std::string_view typed,
                                             std::span<const std::string_view> known);

}  // namespace returnflows

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace returnflows {

// Names longer than this are not worth comparing: no known one has so many letters.
inline constexpr std::size_t kComparedNameBytesMax = 48;

// The index of the one of `names` that `name` was probably meant to be: the one with the fewest
// letters changed, added, left out or swapped with their neighbour. nullopt when none is near.
std::optional<std::size_t> nearest_name(std::string_view name,
                                        std::span<const std::string_view> names);

// `name` for a sentence: cut to kComparedNameBytesMax bytes, never inside of a UTF-8 character,
// with "…" where something is missing.
std::string shown_name(std::string_view name);

}  // namespace returnflows

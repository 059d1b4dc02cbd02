#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace returnflows {

// Whether `+` stands for a space, as in the query of a form.
enum class PlusSign : std::uint8_t { kLiteral, kSpace };

// Undoes %XX. nullopt when a percent sign is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text, PlusSign plus);

}  // namespace returnflows

#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace returnflows {

using Sha256 = std::array<std::uint8_t, 32>;

// The SHA-256 of the parts one behind the other. Parts that could run into one another must be
// separated by the caller. Thread: any.
Sha256 sha256(std::initializer_list<std::string_view> parts);

// True when both are the same bytes; takes the same time wherever they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace returnflows

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace returnflows::sqlite {

// Appends `value` in seven bits a byte, lowest first, the top bit set on all bytes but the last.
void append_varint(std::string& out, std::uint64_t value);

// Takes one off the front of `bytes`; nullopt when it is cut short or longer than ten bytes.
std::optional<std::uint64_t> take_varint(std::string_view& bytes);

}  // namespace returnflows::sqlite

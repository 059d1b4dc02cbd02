#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace returnflows {

enum class Shrink : std::uint8_t {
  kNever,  // Ids, states, times: half of one is worth nothing.
  kToFit,  // Texts that are still of use when they are cut.
};

struct Column {
  std::string title;
  Shrink shrink = Shrink::kNever;
};

// Rows for people. Each row has as many cells as there are columns.
struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

// Aligned columns two spaces apart, a title line first, each line ended by a newline. When the
// table is wider than `width_max` (0: no limit) its widest shrinkable columns lose what is too
// much, down to 8, and cut cells end in an ellipsis. Control characters in cells are shown as
// spaces, so that nothing in them reaches the terminal as a command. Pure.
std::string render_table(const Table& table, std::size_t width_max);

// `text` without anything that a terminal would act on: control characters become spaces, bytes
// that are not UTF-8 become U+FFFD.
std::string printable(std::string_view text);

// True when every byte of `text` belongs to a character of UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

// Columns that `text` (printable UTF-8) takes on a terminal: two for East Asian wide characters and
// emoji, none for combining marks.
std::size_t display_width(std::string_view text);

}  // namespace returnflows

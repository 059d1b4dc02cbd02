#include "returnflows/cli/table.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returnflows {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "…";
constexpr std::size_t kGap = 2;
constexpr std::size_t kShrunkMin = 8;

struct Character {
  std::uint32_t code = 0xFFFD;
  std::size_t bytes = 1;
  bool valid = false;
};

// The first character of a text that is not empty.
Character decode_first(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  if (lead < 0x80) return {.code = lead, .bytes = 1, .valid = true};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (next & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest.at(length) || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
    return {};
  }
  return {.code = code, .bytes = length, .valid = true};
}

using Range = std::pair<std::uint32_t, std::uint32_t>;

bool in_any(std::uint32_t code, const auto& ranges) {
  return std::ranges::any_of(
      ranges, [code](const Range& range) { return code >= range.first && code <= range.second; });
}

// C0, DEL, C1, line separators, marks that turn the direction of writing, zero width characters.
bool acts_on_terminal(std::uint32_t code) {
  constexpr std::array<Range, 6> kActing{{{0x00, 0x1F},
                                          {0x7F, 0x9F},
                                          {0x200B, 0x200F},
                                          {0x2028, 0x202E},
                                          {0x2060, 0x206F},
                                          {0xFEFF, 0xFEFF}}};
  return in_any(code, kActing);
}

// The blocks that matter, after Unicode's EastAsianWidth and general category Mn. A wrong guess
// costs a crooked column, nothing more.
std::size_t width_of(std::uint32_t code) {
  constexpr std::array<Range, 3> kCombining{{{0x300, 0x36F}, {0xFE00, 0xFE0F}, {0x20D0, 0x20FF}}};
  constexpr std::array<Range, 9> kWide{{{0x1100, 0x115F},
                                        {0x2E80, 0x303E},
                                        {0x3041, 0xA4CF},
                                        {0xAC00, 0xD7A3},
                                        {0xF900, 0xFAFF},
                                        {0xFE30, 0xFE6F},
                                        {0xFF00, 0xFF60},
                                        {0x1F300, 0x1FAFF},
                                        {0x20000, 0x3FFFD}}};
  if (in_any(code, kCombining)) return 0;
  return in_any(code, kWide) ? 2 : 1;
}

// `text` cut so that it takes at most `width` columns, with an ellipsis where it was cut.
std::string fitted(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return text;
  std::string out;
  std::size_t used = 1;  // The ellipsis.
  for (std::string_view rest = text; !rest.empty();) {
    const Character character = decode_first(rest);
    const std::size_t wide = width_of(character.code);
    if (used + wide > width) break;
    used += wide;
    out += rest.substr(0, character.bytes);
    rest.remove_prefix(character.bytes);
  }
  return out.append(kEllipsis);
}

std::vector<std::size_t> natural_widths(const Table& table) {
  std::vector<std::size_t> widths;
  for (const Column& column : table.columns) {
    widths.push_back(display_width(column.title));
  }
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  return widths;
}

// Takes a column at a time from the widest column that may shrink.
void shrink_to(std::size_t width_max, const Table& table, std::vector<std::size_t>& widths) {
  std::size_t total = std::accumulate(widths.begin(), widths.end(), (widths.size() - 1) * kGap);
  while (total > width_max) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (table.columns[i].shrink != Shrink::kToFit || widths[i] <= kShrunkMin) continue;
      if (widest == nullptr || widths[i] > *widest) widest = &widths[i];
    }
    if (widest == nullptr) return;
    --*widest;
    --total;
  }
}

void append_line(std::string& out,
                 const std::vector<std::string>& cells,
                 const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string cell = fitted(cells[i], widths[i]);
    line += cell;
    line.append(widths[i] - display_width(cell) + kGap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line;
  out += '\n';
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character character = decode_first(text);
    if (!character.valid) {
      out += kReplacement;
    } else if (acts_on_terminal(character.code)) {
      out += ' ';
    } else {
      out += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  return out;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Character character = decode_first(text);
    if (!character.valid) return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character character = decode_first(text);
    width += width_of(character.code);
    text.remove_prefix(character.bytes);
  }
  return width;
}

std::string render_table(const Table& table, std::size_t width_max) {
  if (table.columns.empty()) return {};
  Table shown{.columns = table.columns, .rows = {}};
  for (const auto& row : table.rows) {
    auto& cells = shown.rows.emplace_back();
    for (const std::string& cell : row) {
      cells.push_back(printable(cell));
    }
  }
  std::vector<std::size_t> widths = natural_widths(shown);
  if (width_max > 0) shrink_to(width_max, shown, widths);
  std::vector<std::string> titles;
  for (const Column& column : shown.columns) {
    titles.push_back(column.title);
  }
  std::string out;
  append_line(out, titles, widths);
  for (const auto& row : shown.rows) {
    append_line(out, row, widths);
  }
  return out;
}

}  // namespace returnflows

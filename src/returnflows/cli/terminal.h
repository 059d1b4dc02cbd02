#pragma once

#include <cstddef>
#include <string_view>

namespace returnflows {

// Standard output and standard error of a command. Text goes out at once, so that a pipe behind
// `listen` or `tail` sees every line when it happens. Thread: the main thread.
class Terminal {
 public:
  // Colour is for terminals only, and never with `no_color` or the variable NO_COLOR
  // (https://no-color.org).
  explicit Terminal(bool no_color);

  void print(std::string_view text) const;
  void print_line(std::string_view line) const;

  // One message to standard error: "error: …" in red, "note: …".
  void error(std::string_view message) const;
  void note(std::string_view message) const;

  // Columns of the terminal that standard output goes to; 0 when it is none.
  std::size_t width() const { return width_; }

  // False after standard output was closed: there is nobody left to print for.
  bool is_open() const;

 private:
  std::size_t width_ = 0;
  bool colour_ = false;
};

}  // namespace returnflows

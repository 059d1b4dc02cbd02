#include "returnflows/cli/terminal.h"

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

#include "returnflows/cli/config.h"

namespace returnflows {
namespace {

std::size_t terminal_width() {
  if (::isatty(STDOUT_FILENO) == 0) return 0;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

void write_to(std::FILE* file, std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), file));
  static_cast<void>(std::fflush(file));
}

}  // namespace

Terminal::Terminal(bool no_color)
    : width_(terminal_width()),
      colour_(!no_color && !process_environment("NO_COLOR") && ::isatty(STDERR_FILENO) != 0) {}

void Terminal::print(std::string_view text) const {
  write_to(stdout, text);
}

void Terminal::print_line(std::string_view line) const {
  write_to(stdout, std::string{line}.append("\n"));
}

void Terminal::error(std::string_view message) const {
  std::string line = colour_ ? "\x1b[31merror:\x1b[0m " : "error: ";
  write_to(stderr, line.append(message).append("\n"));
}

void Terminal::note(std::string_view message) const {
  write_to(stderr, std::string{message}.append("\n"));
}

bool Terminal::is_open() const {
  return std::ferror(stdout) == 0;
}

}  // namespace returnflows

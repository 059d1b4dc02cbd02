#include "returnflows/cli/input_file.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

#include "returnflows/base/result.h"

namespace returnflows {
namespace {

Result<std::string> read_all(std::FILE* file, const std::string& name, std::size_t bytes_max) {
  std::string text;
  std::array<char, 16'384> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file)) {
    text.append(buffer.data(), count);
    if (text.size() > bytes_max) {
      return fail(ErrorCode::kTooLarge,
                  name + " is larger than " + std::to_string(bytes_max) + " bytes");
    }
  }
  if (std::ferror(file) != 0) {
    return fail(ErrorCode::kUnavailable,
                "cannot read " + name + ": " + std::generic_category().message(errno));
  }
  return text;
}

struct Closer {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

}  // namespace

Result<std::string> read_input(const std::string& path, std::size_t bytes_max) {
  if (path == "-") return read_all(stdin, "standard input", bytes_max);
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rbe"));
  if (!file) {
    const int reason = errno;
    return fail(reason == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
                "cannot open " + path + ": " + std::generic_category().message(reason));
  }
  return read_all(file.get(), path, bytes_max);
}

}  // namespace returnflows

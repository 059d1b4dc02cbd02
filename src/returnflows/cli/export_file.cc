#include "returnflows/cli/export_file.h"

#include <cerrno>
#include <system_error>
#include <utility>

namespace returnflows {
namespace {

std::unexpected<Error> failed(ErrorCode code, const std::string& path) {
  return fail(code, "cannot write " + path + ": " + std::system_category().message(errno));
}

}  // namespace

Result<ExportFile> ExportFile::open(const std::string& path, Start start) {
  if (path == "-") return ExportFile(stdout, path, true);
  std::FILE* const file = std::fopen(path.c_str(), start == Start::kAppend ? "abe" : "wbe");
  if (file == nullptr) return failed(ErrorCode::kInvalidInput, path);
  // Where appending begins is known only when asked for.
  if (std::fseek(file, 0, SEEK_END) != 0) {
    const auto error = failed(ErrorCode::kInvalidInput, path);
    std::fclose(file);
    return error;
  }
  return ExportFile(file, path, std::ftell(file) == 0);
}

Status ExportFile::write(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size() &&
                       std::fflush(file_.get()) == 0;
  if (written || (path_ == "-" && errno == EPIPE)) return {};
  return failed(ErrorCode::kUnavailable, path_ == "-" ? "standard output" : path_);
}

bool ExportFile::is_open() const {
  return std::ferror(file_.get()) == 0;
}

}  // namespace returnflows

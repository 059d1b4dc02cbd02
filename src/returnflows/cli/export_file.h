#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "returnflows/base/result.h"

namespace returnflows {

// Where an export goes: a file, or standard output. Thread: one at a time; blocks.
class ExportFile {
 public:
  enum class Start : std::uint8_t {
    kEmpty,   // A file that is there is emptied.
    kAppend,  // What is there stays.
  };

  // "-" is standard output. Errors: kInvalidInput with the path and the system's reason.
  static Result<ExportFile> open(const std::string& path, Start start);

  // Writes all of `text` and hands it to the system. Nobody reading standard output any more is no
  // error: see is_open(). Errors: kUnavailable with the path and the reason, a full disk say.
  Status write(std::string_view text);

  // True when nothing had been in it when it was opened; of standard output always.
  bool is_empty() const { return is_empty_; }

  // False after the reader of standard output has gone.
  bool is_open() const;

 private:
  struct Closer {
    void operator()(std::FILE* file) const {
      if (file != stdout) std::fclose(file);
    }
  };

  ExportFile(std::FILE* file, std::string path, bool is_empty)
      : file_(file), path_(std::move(path)), is_empty_(is_empty) {}

  std::unique_ptr<std::FILE, Closer> file_;
  std::string path_;
  bool is_empty_ = true;
};

}  // namespace returnflows

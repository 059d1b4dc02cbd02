#pragma once

#include <filesystem>

#include "returnflows/base/result.h"

namespace returnflows::sqlite {

// Keeps a second server from opening the same database: what one knows in memory (sequences, open
// ordering keys, row numbers) would be wrong as soon as the other one wrote. The lock belongs to
// the file `<database>.lock`, which stays behind, and dies with the process.
class ProcessLock {
 public:
  // Errors: kConflict when somebody holds it; kUnavailable when the file cannot be opened.
  static Result<ProcessLock> take(const std::filesystem::path& database);

  ProcessLock(ProcessLock&& other) noexcept;
  ProcessLock& operator=(ProcessLock&& other) = delete;
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;
  ~ProcessLock();

 private:
  explicit ProcessLock(int file) : file_(file) {}

  int file_ = -1;
};

}  // namespace returnflows::sqlite

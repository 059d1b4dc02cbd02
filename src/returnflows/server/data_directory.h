#pragma once

#include <filesystem>
#include <utility>

#include "returnflows/base/result.h"

namespace returnflows {

// The folder that one server owns: database, key file, lock. Holding it keeps a second instance
// out; the lock goes with the process, however it ends.
class DataDirectory {
 public:
  // Creates the folder (mode 0700) when it is missing, and locks it.
  // Errors: kConflict when another process holds it, with its pid; kUnavailable when the folder
  // cannot be made or written.
  static Result<DataDirectory> open(const std::filesystem::path& folder);

  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&& other) noexcept;
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;
  ~DataDirectory();

  std::filesystem::path database_file() const { return folder_ / "returnflows.db"; }

  std::filesystem::path key_file() const { return folder_ / "secret.key"; }

 private:
  DataDirectory(std::filesystem::path folder, int lock) : folder_(std::move(folder)), lock_(lock) {}

  void release();

  std::filesystem::path folder_;
  int lock_ = -1;
};

}  // namespace returnflows

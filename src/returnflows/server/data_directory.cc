#include "returnflows/server/data_directory.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace returnflows {
namespace {

auto unusable(const std::filesystem::path& path, const std::string& why) {
  return fail(ErrorCode::kUnavailable,
              "the data directory '" + path.string() + "' cannot be used: " + why +
                  "; give another with --data-dir");
}

// The pid that the holder of the lock wrote; empty when it cannot be read.
std::string holder_of(int file) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(file, text.data(), text.size(), 0);
  if (got <= 0) return {};
  const std::string_view line(text.data(), static_cast<std::size_t>(got));
  return std::string{line.substr(0, line.find('\n'))};
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) {
    std::filesystem::create_directories(folder, error);
    if (error) return unusable(folder, error.message());
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  }
  const std::filesystem::path file = folder / "returnflows.lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (lock < 0) return unusable(folder, std::strerror(errno));
  DataDirectory directory(folder, lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const std::string pid = holder_of(lock);
    return fail(ErrorCode::kConflict,
                "another returnflows" + (pid.empty() ? std::string{} : " (process " + pid + ")") +
                    " is running on the data directory '" + folder.string() +
                    "'; stop it first, or give this one its own with --data-dir");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock, 0) != 0 ||
      ::pwrite(lock, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return unusable(folder, std::strerror(errno));
  }
  return directory;
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : folder_(std::move(other.folder_)), lock_(std::exchange(other.lock_, -1)) {}

DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
  release();
  folder_ = std::move(other.folder_);
  lock_ = std::exchange(other.lock_, -1);
  return *this;
}

DataDirectory::~DataDirectory() {
  release();
}

void DataDirectory::release() {
  if (lock_ >= 0) ::close(lock_);
  lock_ = -1;
}

}  // namespace returnflows

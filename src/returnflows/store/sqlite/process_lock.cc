#include "returnflows/store/sqlite/process_lock.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace returnflows::sqlite {

Result<ProcessLock> ProcessLock::take(const std::filesystem::path& database) {
  const std::string name = database.string() + ".lock";
  const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return fail(ErrorCode::kUnavailable,
                "cannot open " + name + ": " + std::generic_category().message(errno));
  }
  ProcessLock lock(file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::kConflict,
                "another process has " + database.string() +
                    " open; a database belongs to one server at a time");
  }
  return lock;
}

ProcessLock::ProcessLock(ProcessLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

ProcessLock::~ProcessLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace returnflows::sqlite

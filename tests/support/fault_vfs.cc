#include "tests/support/fault_vfs.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

namespace returnflows {
namespace {

// The bytes of one file that have not been synced, as segments that do not overlap.
class Unsynced {
 public:
  void write(sqlite3_int64 offset, const char* bytes, sqlite3_int64 count) {
    cut(offset, offset + count);
    segments_[offset].assign(bytes, bytes + count);
  }

  // Lays the segments over `out`, which holds the file's bytes from `offset` on.
  void overlay(sqlite3_int64 offset, char* out, sqlite3_int64 count) const {
    auto at = segments_.upper_bound(offset);
    if (at != segments_.begin()) --at;
    for (; at != segments_.end() && at->first < offset + count; ++at) {
      const sqlite3_int64 from = std::max(offset, at->first);
      const sqlite3_int64 to = std::min(offset + count, end_of(at));
      if (from < to) {
        std::memcpy(out + (from - offset),
                    at->second.data() + (from - at->first),
                    static_cast<std::size_t>(to - from));
      }
    }
  }

  // Forgets [from, to).
  void cut(sqlite3_int64 from, sqlite3_int64 to) {
    auto at = segments_.upper_bound(from);
    if (at != segments_.begin()) --at;
    while (at != segments_.end() && at->first < to) {
      const sqlite3_int64 first = at->first;
      const sqlite3_int64 last = end_of(at);
      if (last <= from) {
        ++at;
        continue;
      }
      const std::vector<char> bytes = std::move(at->second);
      at = segments_.erase(at);
      if (first < from) segments_[first].assign(bytes.begin(), bytes.begin() + (from - first));
      if (last > to) segments_[to].assign(bytes.begin() + (to - first), bytes.end());
    }
  }

  const std::map<sqlite3_int64, std::vector<char>>& segments() const { return segments_; }

  void clear() { segments_.clear(); }

 private:
  using Segments = std::map<sqlite3_int64, std::vector<char>>;

  static sqlite3_int64 end_of(Segments::const_iterator at) {
    return at->first + static_cast<sqlite3_int64>(at->second.size());
  }

  Segments segments_;
};

// One file, however many connections have it open.
struct SharedFile {
  std::mutex mutex;
  Unsynced unsynced;
  sqlite3_int64 size = 0;  // With what is unsynced.
  bool dead = false;       // The power was cut.
};

struct Registry {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<SharedFile>> files;
  std::atomic<std::int64_t> syncs{0};
  std::atomic<std::int64_t> writes{0};
  FaultPlan plan;
  sqlite3_vfs* below = nullptr;
  sqlite3_vfs vfs{};
};

Registry& registry() {
  static Registry instance;
  return instance;
}

// What SQLite allocates for an open file: ours first, then the one of the VFS below.
struct FaultFile {
  sqlite3_file base;
  std::shared_ptr<SharedFile>* shared;  // Null for files that are passed through.
  sqlite3_file* below;
};

FaultFile* fault_file(sqlite3_file* file) {
  return reinterpret_cast<FaultFile*>(file);
}

sqlite3_file* below(sqlite3_file* file) {
  return fault_file(file)->below;
}

// Runs `use` with the shared file, locked; SQLITE_IOERR when its power was cut.
template <class Use>
int with_shared(sqlite3_file* file, Use use) {
  SharedFile& shared = **fault_file(file)->shared;
  const std::scoped_lock lock(shared.mutex);
  return shared.dead ? SQLITE_IOERR : use(shared);
}

int file_close(sqlite3_file* file) {
  FaultFile* mine = fault_file(file);
  if (mine->shared != nullptr) {
    // An orderly close leaves the bytes to the operating system, which writes them in the end.
    static_cast<void>(with_shared(file, [&](SharedFile& shared) {
      if (mine->shared->use_count() > 1) return SQLITE_OK;
      for (const auto& [offset, bytes] : shared.unsynced.segments()) {
        mine->below->pMethods->xWrite(
            mine->below, bytes.data(), static_cast<int>(bytes.size()), offset);
      }
      shared.unsynced.clear();
      return SQLITE_OK;
    }));
    delete mine->shared;
  }
  return mine->below->pMethods->xClose(mine->below);
}

int file_read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
  if (fault_file(file)->shared == nullptr) {
    return below(file)->pMethods->xRead(below(file), out, count, offset);
  }
  return with_shared(file, [&](const SharedFile& shared) {
    const int result = below(file)->pMethods->xRead(below(file), out, count, offset);
    if (result != SQLITE_OK && result != SQLITE_IOERR_SHORT_READ) return result;
    shared.unsynced.overlay(offset, static_cast<char*>(out), count);
    return offset + count <= shared.size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
  });
}

int file_write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  if (fault_file(file)->shared == nullptr) {
    return below(file)->pMethods->xWrite(below(file), bytes, count, offset);
  }
  return with_shared(file, [&](SharedFile& shared) {
    if (++registry().writes == registry().plan.fail_write_at) return SQLITE_FULL;
    shared.unsynced.write(offset, static_cast<const char*>(bytes), count);
    shared.size = std::max(shared.size, offset + count);
    return SQLITE_OK;
  });
}

int file_truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (fault_file(file)->shared == nullptr) {
    return below(file)->pMethods->xTruncate(below(file), size);
  }
  return with_shared(file, [&](SharedFile& shared) {
    shared.unsynced.cut(size, std::max(size, shared.size));
    shared.size = size;
    return below(file)->pMethods->xTruncate(below(file), size);
  });
}

int file_sync(sqlite3_file* file, int flags) {
  if (fault_file(file)->shared == nullptr) {
    return below(file)->pMethods->xSync(below(file), flags);
  }
  return with_shared(file, [&](SharedFile& shared) {
    if (++registry().syncs == registry().plan.fail_sync_at) {
      shared.unsynced.clear();  // The kernel drops dirty pages after a failed fsync.
      return SQLITE_IOERR_FSYNC;
    }
    for (const auto& [offset, bytes] : shared.unsynced.segments()) {
      const int result = below(file)->pMethods->xWrite(
          below(file), bytes.data(), static_cast<int>(bytes.size()), offset);
      if (result != SQLITE_OK) return result;
    }
    shared.unsynced.clear();
    return below(file)->pMethods->xSync(below(file), flags);
  });
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  if (fault_file(file)->shared == nullptr)
    return below(file)->pMethods->xFileSize(below(file), size);
  return with_shared(file, [&](const SharedFile& shared) {
    *size = shared.size;
    return SQLITE_OK;
  });
}

int file_control(sqlite3_file* file, int operation, void* argument) {
  return below(file)->pMethods->xFileControl(below(file), operation, argument);
}

// Version 2: shared memory for the wal-index, but no memory-mapped reads, which would bypass us.
const sqlite3_io_methods kMethods = {
    2,
    file_close,
    file_read,
    file_write,
    file_truncate,
    file_sync,
    file_size,
    [](sqlite3_file* f, int level) { return below(f)->pMethods->xLock(below(f), level); },
    [](sqlite3_file* f, int level) { return below(f)->pMethods->xUnlock(below(f), level); },
    [](sqlite3_file* f, int* out) { return below(f)->pMethods->xCheckReservedLock(below(f), out); },
    file_control,
    [](sqlite3_file* f) { return below(f)->pMethods->xSectorSize(below(f)); },
    [](sqlite3_file* f) { return below(f)->pMethods->xDeviceCharacteristics(below(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return below(f)->pMethods->xShmMap(below(f), page, size, extend, out);
    },
    [](sqlite3_file* f, int offset, int n, int flags) {
      return below(f)->pMethods->xShmLock(below(f), offset, n, flags);
    },
    [](sqlite3_file* f) { below(f)->pMethods->xShmBarrier(below(f)); },
    [](sqlite3_file* f, int remove) { return below(f)->pMethods->xShmUnmap(below(f), remove); },
    nullptr,
    nullptr,
};

std::shared_ptr<SharedFile> shared_file(const char* path, sqlite3_file* opened) {
  const std::scoped_lock lock(registry().mutex);
  std::weak_ptr<SharedFile>& known = registry().files[path];
  if (auto shared = known.lock()) return shared;
  auto shared = std::make_shared<SharedFile>();
  opened->pMethods->xFileSize(opened, &shared->size);
  known = shared;
  return shared;
}

int vfs_open(
    sqlite3_vfs* /*vfs*/, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  auto* mine = fault_file(file);
  std::memset(mine, 0, sizeof *mine);
  mine->below = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(FaultFile));
  const int result = registry().below->xOpen(registry().below, path, mine->below, flags, out_flags);
  if (mine->below->pMethods == nullptr) return result;
  mine->base.pMethods = &kMethods;
  constexpr int kGuarded = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
  if (result == SQLITE_OK && path != nullptr && (flags & kGuarded) != 0) {
    mine->shared = new std::shared_ptr<SharedFile>(shared_file(path, mine->below));
  }
  return result;
}

int vfs_delete(sqlite3_vfs* /*vfs*/, const char* path, int sync_folder) {
  {
    const std::scoped_lock lock(registry().mutex);
    registry().files.erase(path);
  }
  return registry().below->xDelete(registry().below, path, sync_folder);
}

std::int64_t number_from_environment(const char* name) {
  const char* text = std::getenv(name);
  std::int64_t value = 0;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), value);
  return value;
}

}  // namespace

FaultPlan fault_plan_from_environment() {
  return {.fail_sync_at = number_from_environment("RF_FAULT_SYNC_AT"),
          .fail_write_at = number_from_environment("RF_FAULT_WRITE_AT")};
}

void register_fault_vfs(const FaultPlan& plan) {
  Registry& all = registry();
  const std::scoped_lock lock(all.mutex);
  all.plan = plan;
  all.syncs = 0;
  all.writes = 0;
  if (all.below != nullptr) return;
  all.below = sqlite3_vfs_find(nullptr);
  all.vfs = *all.below;  // Everything but opening and deleting is the default's.
  all.vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + all.below->szOsFile;
  all.vfs.pNext = nullptr;
  all.vfs.zName = kFaultVfsName;
  all.vfs.xOpen = vfs_open;
  all.vfs.xDelete = vfs_delete;
  sqlite3_vfs_register(&all.vfs, 0);
}

void cut_power() {
  const std::scoped_lock lock(registry().mutex);
  for (const auto& [path, known] : registry().files) {
    if (const auto shared = known.lock()) {
      const std::scoped_lock file_lock(shared->mutex);
      shared->dead = true;
      shared->unsynced.clear();
    }
  }
  registry().files.clear();
}

std::int64_t fault_vfs_sync_count() {
  return registry().syncs;
}

std::int64_t fault_vfs_write_count() {
  return registry().writes;
}

}  // namespace returnflows

#include "returnflows/store/sqlite/gathering_vfs.h"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string_view>

#include <sqlite3.h>

namespace returnflows::sqlite {
namespace {

// The VFS of Unix writes at most 2^17 - 1 bytes at a time, and nothing at all of 2^17.
constexpr std::size_t kGatheredBytesMax = std::size_t{120} * 1024;

struct GatheringVfs {
  std::string name;
  sqlite3_vfs vfs{};
};

// Bytes that were written one after another from `start` on and have not gone out.
struct Gathered {
  std::string bytes;
  sqlite3_int64 start = 0;
  // The first failure to send bytes out. They are lost, so that the file is of no use any more.
  int failure = SQLITE_OK;

  sqlite3_int64 end() const { return start + static_cast<sqlite3_int64>(bytes.size()); }
};

// What SQLite allocates for an open file: ours first, then the one of the VFS below. It is memory
// without a constructor, so that only pointers are in it.
struct GatheringFile {
  sqlite3_file base;
  sqlite3_file* below;
  Gathered* gathered;  // Owned, from xOpen to xClose.
};

GatheringFile& mine(sqlite3_file* file) {
  return *reinterpret_cast<GatheringFile*>(file);
}

sqlite3_file* below(sqlite3_file* file) {
  return mine(file).below;
}

const sqlite3_io_methods& methods_below(sqlite3_file* file) {
  return *below(file)->pMethods;
}

// SQLite looks away from the result of some calls (that it tells a VFS of a finished checkpoint by,
// for one), so a failure is repeated until a call comes that it does look at: the sync at the
// latest.
int send_out(sqlite3_file* file) {
  Gathered& gathered = *mine(file).gathered;
  if (gathered.bytes.empty() || gathered.failure != SQLITE_OK) return gathered.failure;
  gathered.failure = methods_below(file).xWrite(
      below(file), gathered.bytes.data(), static_cast<int>(gathered.bytes.size()), gathered.start);
  gathered.bytes.clear();
  return gathered.failure;
}

// Sends out what is gathered, then does `next`.
template <class Next>
int after_sending(sqlite3_file* file, Next next) {
  const int sent = send_out(file);
  return sent == SQLITE_OK ? next(methods_below(file), below(file)) : sent;
}

int file_write(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
  Gathered& gathered = *mine(file).gathered;
  if (gathered.failure != SQLITE_OK) return gathered.failure;
  const auto size = static_cast<std::size_t>(count);
  const bool follows =
      offset == gathered.end() && gathered.bytes.size() + size <= kGatheredBytesMax;
  if (!follows) {
    if (const int sent = send_out(file); sent != SQLITE_OK) return sent;
    gathered.start = offset;
  }
  gathered.bytes.append(static_cast<const char*>(data), size);
  return SQLITE_OK;
}

int file_close(sqlite3_file* file) {
  const int sent = send_out(file);
  const int closed = methods_below(file).xClose(below(file));
  delete mine(file).gathered;
  mine(file).gathered = nullptr;
  return sent == SQLITE_OK ? closed : sent;
}

int file_read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
  return after_sending(file, [&](const sqlite3_io_methods& methods, sqlite3_file* under) {
    return methods.xRead(under, out, count, offset);
  });
}

int file_truncate(sqlite3_file* file, sqlite3_int64 size) {
  return after_sending(file, [&](const sqlite3_io_methods& methods, sqlite3_file* under) {
    return methods.xTruncate(under, size);
  });
}

int file_sync(sqlite3_file* file, int flags) {
  return after_sending(file, [&](const sqlite3_io_methods& methods, sqlite3_file* under) {
    return methods.xSync(under, flags);
  });
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return after_sending(file, [&](const sqlite3_io_methods& methods, sqlite3_file* under) {
    return methods.xFileSize(under, size);
  });
}

int file_lock(sqlite3_file* file, int level) {
  return after_sending(file, [&](const sqlite3_io_methods& methods, sqlite3_file* under) {
    return methods.xLock(under, level);
  });
}

int file_unlock(sqlite3_file* file, int level) {
  return after_sending(file, [&](const sqlite3_io_methods& methods, sqlite3_file* under) {
    return methods.xUnlock(under, level);
  });
}

int file_control(sqlite3_file* file, int operation, void* argument) {
  return after_sending(file, [&](const sqlite3_io_methods& methods, sqlite3_file* under) {
    return methods.xFileControl(under, operation, argument);
  });
}

int check_reserved_lock(sqlite3_file* file, int* out) {
  return methods_below(file).xCheckReservedLock(below(file), out);
}

int sector_size(sqlite3_file* file) {
  return methods_below(file).xSectorSize(below(file));
}

int device_characteristics(sqlite3_file* file) {
  return methods_below(file).xDeviceCharacteristics(below(file));
}

int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return methods_below(file).xShmMap(below(file), page, size, extend, out);
}

int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return methods_below(file).xShmLock(below(file), offset, count, flags);
}

void shm_barrier(sqlite3_file* file) {
  methods_below(file).xShmBarrier(below(file));
}

int shm_unmap(sqlite3_file* file, int remove) {
  return methods_below(file).xShmUnmap(below(file), remove);
}

// Version 2: shared memory for the log's index, but no memory-mapped reads, which would not see
// what is gathered.
const sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

sqlite3_vfs* vfs_below(sqlite3_vfs* vfs) {
  return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int vfs_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  auto* opened = new (file) GatheringFile{};
  opened->below =
      reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::byte*>(file) + sizeof(GatheringFile));
  const int result = vfs_below(vfs)->xOpen(vfs_below(vfs), path, opened->below, flags, out_flags);
  if (opened->below->pMethods == nullptr) return result;  // Then SQLite does not close it either.
  opened->gathered = new Gathered;
  opened->base.pMethods = &kMethods;
  return result;
}

int vfs_delete(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  return vfs_below(vfs)->xDelete(vfs_below(vfs), path, sync_folder);
}

int vfs_access(sqlite3_vfs* vfs, const char* path, int flags, int* out) {
  return vfs_below(vfs)->xAccess(vfs_below(vfs), path, flags, out);
}

int vfs_full_path(sqlite3_vfs* vfs, const char* path, int size, char* out) {
  return vfs_below(vfs)->xFullPathname(vfs_below(vfs), path, size, out);
}

int vfs_randomness(sqlite3_vfs* vfs, int size, char* out) {
  return vfs_below(vfs)->xRandomness(vfs_below(vfs), size, out);
}

int vfs_sleep(sqlite3_vfs* vfs, int microseconds) {
  return vfs_below(vfs)->xSleep(vfs_below(vfs), microseconds);
}

int vfs_current_time(sqlite3_vfs* vfs, sqlite3_int64* out) {
  return vfs_below(vfs)->xCurrentTimeInt64(vfs_below(vfs), out);
}

int vfs_last_error(sqlite3_vfs* vfs, int size, char* out) {
  return vfs_below(vfs)->xGetLastError(vfs_below(vfs), size, out);
}

std::unique_ptr<GatheringVfs> make_vfs(sqlite3_vfs* below) {
  auto made = std::make_unique<GatheringVfs>();
  made->name = std::string("gathering/") + below->zName;
  made->vfs.iVersion = 2;
  made->vfs.szOsFile = static_cast<int>(sizeof(GatheringFile)) + below->szOsFile;
  made->vfs.mxPathname = below->mxPathname;
  made->vfs.zName = made->name.c_str();
  made->vfs.pAppData = below;
  made->vfs.xOpen = vfs_open;
  made->vfs.xDelete = vfs_delete;
  made->vfs.xAccess = vfs_access;
  made->vfs.xFullPathname = vfs_full_path;
  made->vfs.xRandomness = vfs_randomness;
  made->vfs.xSleep = vfs_sleep;
  made->vfs.xGetLastError = vfs_last_error;
  made->vfs.xCurrentTimeInt64 = vfs_current_time;
  return made;
}

}  // namespace

Result<std::string> gathering_vfs_over(const std::string& below) {
  static std::mutex mutex;
  // By the VFS below; never taken away, like SQLite's own.
  static auto& registered = *new std::map<sqlite3_vfs*, std::unique_ptr<GatheringVfs>>;
  const std::scoped_lock lock(mutex);
  sqlite3_vfs* vfs = sqlite3_vfs_find(below.empty() ? nullptr : below.c_str());
  if (vfs == nullptr) {
    return fail(ErrorCode::kUnavailable, "SQLite knows no file system named \"" + below + "\"");
  }
  std::unique_ptr<GatheringVfs>& known = registered[vfs];
  if (!known) {
    auto made = make_vfs(vfs);
    if (sqlite3_vfs_register(&made->vfs, 0) != SQLITE_OK) {
      return fail(ErrorCode::kUnavailable, "SQLite did not take a file system");
    }
    known = std::move(made);
  }
  return known->name;
}

}  // namespace returnflows::sqlite

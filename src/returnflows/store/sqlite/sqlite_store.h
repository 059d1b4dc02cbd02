#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/random.h"
#include "returnflows/base/result.h"
#include "returnflows/store/store.h"

namespace returnflows {

struct SqliteOptions {
  std::filesystem::path file;  // Its folder must exist.
  const Clock& clock;          // Stamps the merchant that a fresh store begins with.
  Random& random;              // Makes the secret key of a fresh store.
  std::string vfs = {};        // A registered SQLite VFS; empty is the default one.
};

// Opens the store in `options.file`, creating it with the merchant "default" when it is not there,
// and brings its schema up to date. What was committed is on disk when this returns, even when the
// process before was killed.
//
// Returns: the store; `options.clock` and `options.random` are not used afterwards.
// Errors: kConflict when another process has it open, or when its schema is newer than this
// program; kInvalidInput when the file belongs to another program; kCorruption, kUnavailable.
// Source: docs/formats/sqlite_schema.md.
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options);

// One numbered change of the schema.
struct MigrationStep {
  int version = 0;
  std::string summary;
};

// The steps that open_sqlite_store() would take, oldest first; changes nothing, and may be called
// while a server has the file open. All steps when the file is not there.
// Errors: as above, but for another process.
Result<std::vector<MigrationStep>> pending_migrations(const SqliteOptions& options);

}  // namespace returnflows

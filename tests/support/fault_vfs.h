#pragma once

#include <cstdint>

namespace returnflows {

// What is to go wrong, counted from 1 over all database files since registration; 0 is never.
struct FaultPlan {
  std::int64_t fail_sync_at = 0;   // The bytes of that sync are lost, as after a failed fsync(2).
  std::int64_t fail_write_at = 0;  // SQLITE_FULL.
};

// RF_FAULT_SYNC_AT and RF_FAULT_WRITE_AT.
FaultPlan fault_plan_from_environment();

inline constexpr const char* kFaultVfsName = "rf_fault";

// Registers a SQLite VFS of that name over the default one. It keeps what has been written and not
// yet synced in memory only, where every connection of the process sees it: when the process is
// killed, those bytes are lost as a power cut would lose them. Calling it again sets a new plan and
// starts counting anew. Thread: any; before the database is opened.
void register_fault_vfs(const FaultPlan& plan);

// A power cut inside one process, for unit tests: all that is unsynced is gone, and files that are
// open now fail every call but closing. Files opened afterwards show what had reached the disk.
void cut_power();

// Syncs and writes since registration.
std::int64_t fault_vfs_sync_count();
std::int64_t fault_vfs_write_count();

}  // namespace returnflows

// The server, on a disk that forgets what was not synced and fails when RF_FAULT_… says so.
// For tests/crash only.
#include "returnflows/server/serve.h"
#include "tests/support/fault_vfs.h"

int main(int argc, char** argv) {
  returnflows::register_fault_vfs(returnflows::fault_plan_from_environment());
  return returnflows::run_program(argc, argv, {.sqlite_vfs = returnflows::kFaultVfsName});
}

#pragma once

namespace returnflows {

// Names the calling thread for `top -H`, debuggers and /proc/PID/task/*/comm, by which the
// benchmark tells where CPU time goes. The kernel keeps the first 15 characters. Thread: any.
void name_this_thread(const char* name);

}  // namespace returnflows

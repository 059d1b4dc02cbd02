#pragma once

#include <vector>

// A struct of the library and not a value of this project: only metrics.cc passes it on.
namespace prometheus {
struct MetricFamily;
}

namespace returnflows {

// Appends what the kernel says about this process under the names that every Prometheus client
// uses: process_resident_memory_bytes, process_virtual_memory_bytes, process_cpu_seconds_total,
// process_open_fds, process_max_fds, process_start_time_seconds, process_threads. A figure that
// cannot be read is left out. Thread: any. Source: proc(5); Prometheus' guide for client libraries.
void append_process_metrics(std::vector<prometheus::MetricFamily>& families);

}  // namespace returnflows

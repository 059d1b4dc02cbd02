#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace returnflows::sim {

// What to simulate. The same options give the same run, to the last request.
struct Options {
  std::uint64_t seed = 1;
  std::size_t deliveries = 1'000'000;  // Producers stop when about so many are owed.
  std::size_t merchants = 8;           // Each with six endpoints of different tempers.
  std::chrono::hours span{10 * 24};    // Over which the producers spread their events.
  double crashes_per_day = 6;          // Half of them by a failing disk.
};

struct Report {
  std::vector<std::string> violations;  // Empty when every promise was kept.
  std::size_t events = 0;               // Answered as accepted.
  std::size_t deliveries = 0;
  std::size_t requests = 0;
  std::size_t crashes = 0;
  std::size_t disk_failures = 0;  // Of the crashes.
  std::size_t commits = 0;
  std::size_t window_peak = 0;      // Deliveries in one lane's memory.
  std::chrono::hours simulated{0};  // Until everything was settled.
  std::chrono::milliseconds undisturbed_p99{0};
};

// Runs merchants, producers, endpoints and crashes against the real journal, lanes and store, then
// heals everything and waits until nothing is owed any more. Thread: the caller's; blocks.
Report simulate(const Options& options);

}  // namespace returnflows::sim

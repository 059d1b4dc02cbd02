#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/people.h"
#include "tests/sim/producer.h"
#include "tests/sim/sim_process.h"

namespace returnflows::sim {

struct Options {
  std::uint64_t seed = 1;
  // Producers stop when so many deliveries were committed.
  std::uint64_t deliveries = 100'000;
  std::size_t merchants = 16;
  // Small, so that what happens at the limits happens often.
  std::size_t in_flight_max = 512;
  std::size_t window_bytes_max = 1024UL * 1024;
};

struct Report {
  std::uint64_t seed = 0;
  double days = 0;
  SimStore::Statistics store;
  std::uint64_t requests = 0;
  std::uint64_t crashes = 0;
  std::uint64_t actions = 0;  // Of people.
  std::uint64_t acknowledged = 0;
  SimProcess::Peak peak;
  std::chrono::milliseconds first_try_p99{0};
  std::uint64_t first_tries = 0;
  std::uint64_t fingerprint = 0;
  std::vector<std::string> breaches;
};

// Days of a server's life: merchants with receivers of every kind, producers, people who intervene,
// and processes that die at any instant and start again. At the end all receivers are well, and
// everything that is owed must arrive. One seed, one course. Thread: one.
class Simulation {
 public:
  explicit Simulation(const Options& options);

  Report run();

 private:
  void make_endpoints();
  void plan_crash();
  void crash();
  void kill();
  void start_process();
  void end_process();
  void begin_draining();
  void wake_endpoints();
  bool is_over();
  Report report() const;

  Options options_;
  Timeline timeline_;
  Chance chance_;
  PromiseChecker checker_;
  SimStore store_{checker_};
  Network network_;
  SeededRandom random_;
  SecretBox secrets_;
  IdCodec ids_{HashKey{}};
  Metrics metrics_;
  World world_;
  std::unique_ptr<SimProcess> process_;
  Producer producer_;
  People people_;
  bool draining_ = false;
  Timestamp drain_until_{};
  std::uint64_t crashes_ = 0;
  SimProcess::Peak peak_;
};

}  // namespace returnflows::sim

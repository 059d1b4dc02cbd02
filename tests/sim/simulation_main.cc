// Runs the simulation and prints what it did: `simulation [--seed N] [--deliveries N]`.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <span>
#include <string_view>

#include "returnflows/base/clock.h"
#include "returnflows/base/limits.h"
#include "returnflows/observability/log.h"
#include "tests/sim/simulation.h"

namespace {

// Undisturbed endpoints get their events within this, whatever the others do. A commit takes up to
// 11 ms here and a restart none, so most of it is for bursts: 700 events at once.
constexpr std::chrono::milliseconds kUndisturbedP99Max{2'000};

int usage() {
  std::cerr << "usage: simulation [--seed N] [--deliveries N]\n"
               "Prints the seed; the same seed and number give the same run.\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace returnflows;
  sim::Options options;
  options.seed = std::random_device{}();
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    const std::string_view name = arguments[i];
    if (i + 1 == arguments.size()) return usage();
    const auto value = std::strtoull(arguments[i + 1], nullptr, 10);
    if (name == "--seed") {
      options.seed = value;
    } else if (name == "--deliveries") {
      options.deliveries = value;
    } else {
      return usage();
    }
  }
  std::cout << "seed " << options.seed << ", " << options.deliveries << " deliveries" << std::endl;
  const Monotonic began = monotonic_now();
  const sim::Report report = sim::simulate(options);
  const double took = std::chrono::duration<double>(monotonic_now() - began).count();
  const double days = static_cast<double>(report.simulated.count()) / 24;
  std::cout << "simulated " << days << " days in " << took << " s: " << days / took
            << " days a second\n"
            << report.events << " events accepted, " << report.deliveries << " deliveries, "
            << report.requests << " requests, " << report.commits << " commits\n"
            << report.crashes << " crashes, " << report.disk_failures
            << " of them by a failing disk\n"
            << "at most " << report.window_peak << " deliveries in a lane's memory\n"
            << "undisturbed endpoints waited " << report.undisturbed_p99.count() << " ms at p99\n";
  int failed = 0;
  const auto check = [&failed](bool good, std::string_view what) {
    std::cout << (good ? "ok   " : "FAIL ") << what << '\n';
    failed += good ? 0 : 1;
  };
  for (const std::string& violation : report.violations)
    std::cout << "  " << violation << '\n';
  check(report.violations.empty(), "every promise was kept");
  check(report.crashes > 0 && report.disk_failures > 0,
        "the process was killed and its disk failed");
  check(report.requests > report.deliveries, "some deliveries needed more than one attempt");
  check(report.window_peak <= limits::kLaneWindowMax + limits::kInFlightPerEndpointMax,
        "no lane held more than its window");
  check(report.undisturbed_p99 <= kUndisturbedP99Max, "no endpoint was held up by another");
  std::cout << 5 - failed << " passed, " << failed << " failed" << std::endl;
  return failed == 0 ? 0 : 1;
}

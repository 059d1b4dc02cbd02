// Runs one simulation and prints what it saw. Usage:
//   simulation [--seed N] [--deliveries N] [--merchants N]
// Without --seed, that of the environment (RF_SIM_SEED) or a random one: it is printed first, and
// the same one gives the same course again. Ends with 1 when a promise was broken.

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "returnflows/base/clock.h"
#include "returnflows/base/random.h"
#include "returnflows/observability/log.h"
#include "tests/sim/simulation.h"

namespace returnflows::sim {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::uint64_t random_seed() {
  SystemRandom random;
  return static_cast<std::uint64_t>(random.unit() * 1e9);
}

// nullopt when something cannot be read.
std::optional<Options> read_options(int count, char** arguments) {
  Options options{.seed = random_seed(), .deliveries = 1'000'000};
  if (const char* seed = std::getenv("RF_SIM_SEED")) {
    const auto given = number(seed);
    if (!given) return std::nullopt;
    options.seed = *given;
  }
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const auto value = number(arguments[i + 1]);
    if (!value) return std::nullopt;
    if (name == "--seed") {
      options.seed = *value;
    } else if (name == "--deliveries") {
      options.deliveries = *value;
    } else if (name == "--merchants" && *value > 0) {
      options.merchants = *value;
    } else {
      return std::nullopt;
    }
  }
  if (count % 2 == 0) return std::nullopt;
  return options;
}

void print(const Report& report, double seconds) {
  std::printf("%.1f days simulated in %.1f s: %.2f days a second\n",
              report.days,
              seconds,
              report.days / seconds);
  std::printf("%llu events (%llu acknowledged), %llu deliveries, %llu requests, %llu recorded\n",
              static_cast<unsigned long long>(report.store.events),
              static_cast<unsigned long long>(report.acknowledged),
              static_cast<unsigned long long>(report.store.deliveries),
              static_cast<unsigned long long>(report.requests),
              static_cast<unsigned long long>(report.store.attempts));
  std::printf("%llu crashes, %llu commits, %llu actions of people\n",
              static_cast<unsigned long long>(report.crashes),
              static_cast<unsigned long long>(report.store.commits),
              static_cast<unsigned long long>(report.actions));
  std::printf("at most %zu deliveries in a lane, %zu bytes in memory, %zu rows in the store\n",
              report.peak.lane_entries,
              report.peak.bytes,
              report.store.rows_most);
  std::printf("first tries of healthy endpoints: %llu, 99 %% within %lld ms\n",
              static_cast<unsigned long long>(report.first_tries),
              static_cast<long long>(report.first_try_p99.count()));
  std::printf("fingerprint %016llx\n", static_cast<unsigned long long>(report.fingerprint));
  for (const std::string& breach : report.breaches) {
    std::printf("BROKEN: %s\n", breach.c_str());
  }
}

int run(int count, char** arguments) {
  const auto options = read_options(count, arguments);
  if (!options) {
    std::fputs("usage: simulation [--seed N] [--deliveries N] [--merchants N]\n", stderr);
    return 2;
  }
  configure_log(LogFormat::kText, LogLevel::kError);
  std::printf("seed %llu\n", static_cast<unsigned long long>(options->seed));
  std::fflush(stdout);
  const Monotonic began = monotonic_now();
  const Report report = Simulation(*options).run();
  print(report, std::chrono::duration<double>(monotonic_now() - began).count());
  const bool kept = report.breaches.empty();
  std::printf("%d passed, %d failed\n", kept ? 1 : 0, kept ? 0 : 1);
  return kept ? 0 : 1;
}

}  // namespace
}  // namespace returnflows::sim

int main(int count, char** arguments) {
  return returnflows::sim::run(count, arguments);
}

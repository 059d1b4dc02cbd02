// How the store behaves as it grows: loads it at full speed, and at each size measures what an
// event costs and how long the questions of the log take. Beside each measurement of cost there is
// one of a young store, made just before it: a machine's speed drifts more in the minutes that a
// load takes than the cost does.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "bench/latency_histogram.h"
#include "bench/report_line.h"
#include "bench/store_driver.h"
#include "returnflows/base/check.h"

namespace returnflows::bench {
namespace {

// One measurement of cost: long enough for several checkpoints of the write-ahead log.
constexpr std::uint64_t kProbeEvents = 20'000;
constexpr int kProbes = 5;
constexpr std::size_t kEventsPerTransition = 250;
constexpr std::size_t kProducers = 8;
constexpr std::uint64_t kAsks = 60;
// What a young store holds before it is probed.
constexpr std::uint64_t kYoungEvents = 10'000;

struct Arguments {
  std::string folder;
  std::string event_file;
  std::vector<std::uint64_t> sizes{10'000, 100'000, 1'000'000, 10'000'000};
};

// A question of the log, asked about the event with the given number.
struct Question {
  std::string_view name;
  std::function<std::size_t(std::uint64_t)> ask;  // Returns how many rows came.
};

EventFilter events_of(const StoreDriver& driver) {
  EventFilter filter;
  filter.merchant = driver.merchant();
  filter.order = ListOrder::kDescending;
  return filter;
}

DeliveryFilter deliveries_of(const StoreDriver& driver) {
  DeliveryFilter filter;
  filter.merchant = driver.merchant();
  return filter;
}

std::vector<Question> questions(StoreDriver& driver) {
  const auto events = [&driver](const EventFilter& filter) {
    const auto page = driver.store().events().list(filter);
    RF_CHECK(page.has_value());
    return page->rows.size();
  };
  const auto deliveries = [&driver](const DeliveryFilter& filter) {
    const auto page = driver.store().deliveries().list(filter);
    RF_CHECK(page.has_value());
    return page->rows.size();
  };
  return {
      {"events_newest", [&driver, events](std::uint64_t) { return events(events_of(driver)); }},
      {"events_of_return",
       [&driver, events](std::uint64_t number) {
         EventFilter filter = events_of(driver);
         filter.return_id = driver.return_id(number);
         return events(filter);
       }},
      {"deliveries_newest",
       [&driver, deliveries](std::uint64_t) { return deliveries(deliveries_of(driver)); }},
      {"deliveries_of_return",
       [&driver, deliveries](std::uint64_t number) {
         DeliveryFilter filter = deliveries_of(driver);
         filter.return_id = driver.return_id(number);
         return deliveries(filter);
       }},
      {"deliveries_exhausted",
       [&driver, deliveries](std::uint64_t) {
         DeliveryFilter filter = deliveries_of(driver);
         filter.endpoint = driver.endpoint();
         filter.status = DeliveryStatus::kExhausted;
         return deliveries(filter);
       }},
  };
}

std::string ask_all(StoreDriver& driver, std::uint64_t stored) {
  ReportLine answers;
  for (const Question& question : questions(driver)) {
    LatencyHistogram latency;
    for (std::uint64_t i = 0; i < kAsks; ++i) {
      // Spread over the whole log, so that old pages are asked for as well as new ones.
      const std::uint64_t number = (i * 2 + 1) * stored / (2 * kAsks);
      const Monotonic started = monotonic_now();
      static_cast<void>(question.ask(number));
      latency.record(monotonic_now() - started);
    }
    answers.add_json(question.name, latency.json());
  }
  return answers.text();
}

void load(StoreDriver& driver, std::uint64_t events) {
  driver.run(
      {.events = events, .producers = kProducers, .events_per_transition = kEventsPerTransition});
}

std::string probe(StoreDriver& driver) {
  return cost_per_event(driver.run({.events = kProbeEvents, .producers = 256}), kProbeEvents);
}

Result<std::string> probe_young(const std::filesystem::path& folder, const std::string& event) {
  std::filesystem::create_directory(folder);
  std::string cost;
  {
    RF_TRY(const auto driver, StoreDriver::open(folder, event));
    load(*driver, kYoungEvents);
    ::sync();
    cost = probe(*driver);
  }
  std::filesystem::remove_all(folder);
  return cost;
}

// Lists of costs in JSON, pair by pair.
struct Probes {
  std::string grown;
  std::string young;
};

// Each measurement begins on a disk that has nothing left to write.
Result<Probes> probe_pairs(StoreDriver& driver,
                           const Arguments& arguments,
                           const std::string& event) {
  Probes probes;
  for (int i = 0; i < kProbes; ++i) {
    const char* separator = i > 0 ? "," : "";
    RF_TRY(const std::string young,
           probe_young(std::filesystem::path(arguments.folder) / "young", event));
    probes.young += separator + young;
    ::sync();
    probes.grown += separator + probe(driver);
  }
  return probes;
}

Status grow(const Arguments& arguments) {
  std::ifstream file(arguments.event_file);
  std::string event;
  if (!std::getline(file, event)) {
    return fail(ErrorCode::kInvalidInput, "cannot read " + arguments.event_file);
  }
  RF_TRY(const auto driver, StoreDriver::open(arguments.folder, event));
  std::uint64_t stored = 0;
  for (const std::uint64_t size : arguments.sizes) {
    if (size > stored) {
      load(*driver, size - stored);
      stored = size;
    }
    RF_TRY(const Probes probes, probe_pairs(*driver, arguments, event));
    stored += kProbes * kProbeEvents;
    const std::string line = ReportLine()
                                 .add("events", size)
                                 .add_json("probes", "[" + probes.grown + "]")
                                 .add_json("young_probes", "[" + probes.young + "]")
                                 .add_json("asks", ask_all(*driver, stored))
                                 .add("database_bytes", driver->store().statistics().database_bytes)
                                 .text();
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }
  return {};
}

}  // namespace
}  // namespace returnflows::bench

int main(int argc, char** argv) {
  CLI::App app{"The store as it grows: bench/run.py starts it"};
  returnflows::bench::Arguments arguments;
  app.add_option("--data-dir", arguments.folder, "An empty folder")->required();
  app.add_option("--event", arguments.event_file, "File: one event on one line, with a blank mark")
      ->required();
  app.add_option("--sizes", arguments.sizes, "Stored events at which to measure, ascending")
      ->delimiter(',');
  CLI11_PARSE(app, argc, argv);
  const auto done = returnflows::bench::grow(arguments);
  if (done) return 0;
  std::fprintf(stderr, "store_growth: %s\n", done.error().detail.c_str());
  return 1;
}

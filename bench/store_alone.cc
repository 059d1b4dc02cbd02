// The limit that the store sets: journal and SQLite, without sockets, HTTP, parsing or signing.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <CLI/CLI.hpp>

#include "bench/store_driver.h"

namespace returnflows::bench {
namespace {

struct Arguments {
  std::string folder;
  std::string event_file;
  StoreDriver::Load load{.events = 100'000};
};

Status measure(const Arguments& arguments) {
  std::ifstream file(arguments.event_file);
  std::string event;
  if (!std::getline(file, event)) {
    return fail(ErrorCode::kInvalidInput, "cannot read " + arguments.event_file);
  }
  RF_TRY(const auto driver, StoreDriver::open(arguments.folder, event));
  const StoreDriver::Cost cost = driver->run(arguments.load);
  std::printf("%s\n", cost_per_event(cost, arguments.load.events).c_str());
  return {};
}

}  // namespace
}  // namespace returnflows::bench

int main(int argc, char** argv) {
  CLI::App app{"The store without the server around it: bench/run.py starts it"};
  returnflows::bench::Arguments arguments;
  app.add_option("--data-dir", arguments.folder, "An empty folder")->required();
  app.add_option("--event", arguments.event_file, "File: one event on one line, with a blank mark")
      ->required();
  app.add_option("--events", arguments.load.events);
  app.add_option("--producers", arguments.load.producers, "Transitions under way at a time");
  app.add_option("--batch", arguments.load.events_per_transition, "Events per transition");
  CLI11_PARSE(app, argc, argv);
  const auto done = returnflows::bench::measure(arguments);
  if (done) return 0;
  std::fprintf(stderr, "store_alone: %s\n", done.error().detail.c_str());
  return 1;
}

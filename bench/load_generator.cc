// Sends events to Returnflows, or to anything that takes the same requests, and reports what came
// back. One thread; requests are rendered once and only their marks are written again.
#include <algorithm>
#include <cstdio>
#include <deque>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/resource.h>

#include "bench/epoll_loop.h"
#include "bench/load_connection.h"
#include "bench/load_plan.h"
#include "bench/report_line.h"
#include "bench/tcp_socket.h"
#include "returnflows/base/clock.h"

namespace returnflows::bench {
namespace {

// How long answers may be missing at the end before they are given up.
constexpr std::chrono::seconds kPatience{20};

enum class IdleConnections : std::uint8_t { kNone, kEven, kOdd };

struct Arguments {
  LoadOptions load;
  std::string event_file;
  std::string merchants_file;
  // A server that deals connections out in turn is then loaded on one of two shards only.
  IdleConnections idle = IdleConnections::kNone;
};

class LoadRun {
 public:
  LoadRun(const LoadOptions& options, RequestTemplate request)
      : options_(options), request_(std::move(request)) {}

  Status connect(IdleConnections idle) {
    const std::size_t all = options_.connections * (idle == IdleConnections::kNone ? 1 : 2);
    for (std::size_t i = 0; i < all; ++i) {
      RF_TRY(TcpSocket socket, connect_to(options_.host, options_.port));
      if (idle != IdleConnections::kNone && (i % 2 == 0) == (idle == IdleConnections::kEven)) {
        resting_.push_back(std::move(socket));
        continue;
      }
      connections_.push_back(std::make_unique<LoadConnection>(
          loop_, std::move(socket), tally_, [this](LoadConnection& connection) {
            --under_way_;
            if (!connection.is_broken()) free_.push_back(&connection);
          }));
      free_.push_back(connections_.back().get());
    }
    return {};
  }

  void run() {
    started_ = monotonic_now();
    Timetable timetable(options_, started_);
    for (;;) {
      Monotonic now = monotonic_now();
      std::optional<Monotonic> next = timetable.next_at(now);
      while (next && *next <= now && !free_.empty()) {
        LoadConnection& connection = *free_.front();
        free_.pop_front();
        ++under_way_;
        connection.send(request_.fill(timetable.take(), *next), *next);
        if (options_.rate) now = monotonic_now();
        next = timetable.next_at(now);
      }
      if (!next || connections_broken()) break;
      const bool may_send_later = !free_.empty();
      loop_.run_once(may_send_later ? next : std::nullopt);
    }
    requests_ = timetable.requests();
    const Monotonic give_up = monotonic_now() + kPatience;
    while (under_way_ > 0 && monotonic_now() < give_up) {
      loop_.run_once(give_up);
    }
    ended_ = monotonic_now();
  }

  std::string json() const {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto cpu_us = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000L +
                        usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    ReportLine refused;
    for (const auto& [status, count] : tally_.refused) {
      refused.add(std::to_string(status), count);
    }
    return ReportLine()
        .add("requests", requests_)
        .add("events_accepted", tally_.requests_accepted * options_.events_per_request)
        .add("unanswered", under_way_)
        .add_json("refused", refused.text())
        .add("duration_s", std::chrono::duration<double>(ended_ - started_).count())
        .add("cpu_us", cpu_us)
        .add_json("answer", tally_.answer.json())
        .text();
  }

 private:
  bool connections_broken() const { return free_.empty() && under_way_ == 0; }

  const LoadOptions& options_;
  RequestTemplate request_;
  EpollLoop loop_;
  LoadTally tally_;
  std::vector<std::unique_ptr<LoadConnection>> connections_;
  std::vector<TcpSocket> resting_;
  std::deque<LoadConnection*> free_;
  std::size_t under_way_ = 0;
  std::uint64_t requests_ = 0;
  Monotonic started_{};
  Monotonic ended_{};
};

void describe(CLI::App& app, Arguments& arguments) {
  LoadOptions& load = arguments.load;
  app.add_option("--host", load.host, "IPv4 address")->default_val("127.0.0.1");
  app.add_option("--port", load.port)->required();
  app.add_option("--path", load.path)->default_val("/v1/events");
  app.add_option("--key", load.api_key, "API key");
  app.add_option("--event", arguments.event_file, "File: one event on one line, with a blank mark")
      ->required();
  app.add_option("--merchants",
                 arguments.merchants_file,
                 "File: ids of merchants of equal length, one a line; each request names the next");
  app.add_option("--batch", load.events_per_request, "Events per request")->default_val(1);
  app.add_option("--connections", load.connections)->default_val(64);
  app.add_option(
      "--rate", load.rate, "Events a second by timetable; without it: as fast as it goes");
  app.add_option("--first-number", load.first_number)->default_val(0);
  app.add_option("--events", load.events, "End after so many events, whatever --seconds says");
  app.add_option_function<double>(
         "--seconds",
         [&load](double seconds) { load.time = std::chrono::duration<double>(seconds); })
      ->default_val(10);
  app.add_option("--idle", arguments.idle, "Open as many connections again and leave them idle")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, IdleConnections>{{"none", IdleConnections::kNone},
                                                 {"even", IdleConnections::kEven},
                                                 {"odd", IdleConnections::kOdd}}));
}

Status read_files(Arguments& arguments) {
  std::ifstream event(arguments.event_file);
  if (!std::getline(event, arguments.load.event)) {
    return fail(ErrorCode::kInvalidInput, "cannot read " + arguments.event_file);
  }
  if (arguments.merchants_file.empty()) return {};
  std::ifstream merchants(arguments.merchants_file);
  arguments.load.merchants.assign(std::istream_iterator<std::string>(merchants), {});
  for (const std::string& merchant : arguments.load.merchants) {
    if (merchant.size() != arguments.load.merchants.front().size()) {
      return fail(ErrorCode::kInvalidInput, "merchants must have ids of one length: " + merchant);
    }
  }
  return {};
}

Status generate(Arguments& arguments) {
  RF_TRY_STATUS(read_files(arguments));
  RF_TRY(RequestTemplate request, RequestTemplate::make(arguments.load));
  LoadRun run(arguments.load, std::move(request));
  RF_TRY_STATUS(run.connect(arguments.idle));
  run.run();
  std::printf("%s\n", run.json().c_str());
  return {};
}

}  // namespace
}  // namespace returnflows::bench

int main(int argc, char** argv) {
  CLI::App app{"The load generator of the benchmark: bench/run.py starts it"};
  returnflows::bench::Arguments arguments;
  returnflows::bench::describe(app, arguments);
  CLI11_PARSE(app, argc, argv);
  const auto done = returnflows::bench::generate(arguments);
  if (done) return 0;
  std::fprintf(stderr, "load_generator: %s\n", done.error().detail.c_str());
  return 1;
}

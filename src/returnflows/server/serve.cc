#include "returnflows/server/serve.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "returnflows/api/openapi.h"
#include "returnflows/cli/entry.h"
#include "returnflows/observability/log.h"
#include "returnflows/store/sqlite/sqlite_store.h"

namespace returnflows {
namespace {

constexpr int kExitRefused = 1;
constexpr int kExitSecondSignal = 130;  // As a shell reports an interrupted program.

int refuse(const Error& error) {
  std::fprintf(stderr, "returnflows: %s\n", error.detail.c_str());
  return kExitRefused;
}

// The first signal lets `waiting` return; the second does not ask.
class StopSignals {
 public:
  StopSignals() : signals_(waiting_, SIGTERM, SIGINT) { arm(); }

  // Blocks until a signal comes or end() is called.
  void wait() { waiting_.run(); }

  // Thread: any.
  void end() {
    boost::asio::post(waiting_, [this] { waiting_.stop(); });
  }

 private:
  void arm() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      std::signal(SIGTERM, [](int) { std::_Exit(kExitSecondSignal); });
      std::signal(SIGINT, [](int) { std::_Exit(kExitSecondSignal); });
      waiting_.stop();
    });
  }

  boost::asio::io_context waiting_;
  boost::asio::signal_set signals_;
};

void print_welcome(const Server& server, const ServeConfig& config) {
  if (server.new_admin_key()) {
    const std::string key{server.new_admin_key()->reveal()};
    std::printf("platform API key, shown this once: %s\n", key.c_str());
  }
  ListenAddress address = config.listen;
  address.port = server.port();
  std::printf("listening on http://%s\n", address.text().c_str());
  std::fflush(stdout);
}

int serve(const ServeConfig& config, ServerOptions options) {
  configure_log(config.log_format, config.log_level);
  StopSignals signals;
  bool disk_failed = false;
  options.on_fatal = [&](const Error& error) {
    disk_failed = true;
    std::fprintf(stderr,
                 "returnflows: the disk failed, nothing more is accepted: %s\n"
                 "Nothing that was answered 2xx is lost. Mend the disk and start again.\n",
                 error.detail.c_str());
    signals.end();
  };
  auto server = Server::start(config, std::move(options));
  if (!server) return refuse(server.error());
  print_welcome(**server, config);
  signals.wait();
  log_line(LogLevel::kInfo, "stopping");
  (*server)->stop(disk_failed ? std::chrono::milliseconds{0} : config.shutdown_grace);
  server->reset();
  return disk_failed ? kExitRefused : EXIT_SUCCESS;
}

int migrate(const ServeConfig& config, bool dry_run) {
  auto directory = DataDirectory::open(config.data_dir);
  if (!directory) return refuse(directory.error());
  const SystemClock clock;
  SystemRandom random;
  const SqliteOptions options{.file = directory->database_file(), .clock = clock, .random = random};
  const auto steps = pending_migrations(options);
  if (!steps) return refuse(steps.error());
  for (const auto& step : *steps) {
    std::printf(
        "%s step %d: %s\n", dry_run ? "would run" : "running", step.version, step.summary.c_str());
  }
  if (!dry_run) {
    auto store = open_sqlite_store(options);
    if (!store) return refuse(store.error());
  }
  std::printf("%s\n", steps->empty() ? "the database is up to date" : "done");
  return EXIT_SUCCESS;
}

}  // namespace

int run_program(int argc, char** argv, ServerOptions options) {
  // Writing to a connection that the other side closed is an error to handle, not a reason to die.
  std::signal(SIGPIPE, SIG_IGN);
  const ProgramParts parts{
      .serve = [&](const ServeConfig& config) { return serve(config, std::move(options)); },
      .migrate = migrate,
      .openapi = [] { return openapi_document(RF_VERSION); },
  };
  return run_cli(argc, argv, parts);
}

}  // namespace returnflows

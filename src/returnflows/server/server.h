#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "returnflows/api/api_server.h"
#include "returnflows/api/control.h"
#include "returnflows/base/clock.h"
#include "returnflows/base/random.h"
#include "returnflows/base/result.h"
#include "returnflows/cli/config.h"
#include "returnflows/dispatch/dispatcher.h"
#include "returnflows/dispatch/payout_runner.h"
#include "returnflows/endpoints/secret_box.h"
#include "returnflows/observability/metrics.h"
#include "returnflows/runtime/offload.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/server/data_directory.h"
#include "returnflows/server/return_timers.h"
#include "returnflows/store/journal.h"
#include "returnflows/store/store.h"

namespace returnflows {

// What a test binary may swap; the real one takes the defaults.
struct ServerOptions {
  std::string sqlite_vfs;  // Empty: SQLite's own.
  // Called once, from any thread, when the disk has failed and the process should end.
  std::function<void(const Error&)> on_fatal = [](const Error&) {};
};

// The object graph of one running server: the only place where all parts meet.
//
// Thread: made, stopped and destroyed by one thread; what ServerControl asks runs on shards.
class Server final : public ServerControl {
 public:
  // Opens the data directory and the store, starts every thread, and listens.
  // Errors: kConflict when another instance holds the data directory; kInvalidInput and
  // kUnavailable with sentences for people.
  static Result<std::unique_ptr<Server>> start(const ServeConfig& config, ServerOptions options);

  ~Server() override;

  std::uint16_t port() const;

  // The platform key that was made because there was none; shown once.
  const std::optional<Secret>& new_admin_key() const { return new_admin_key_; }

  // Stops accepting, lets what is under way finish for at most `grace`, writes what is known, and
  // ends every thread. Nothing that was answered is lost, whatever the grace.
  void stop(std::chrono::milliseconds grace);

  bool ready() const override;
  bool has_test_clock() const override;
  Task<Result<Timestamp>> advance_clock(std::chrono::seconds step) override;

 private:
  Server(const ServeConfig& config, ServerOptions options);

  Status open(const ServeConfig& config);
  // The parts that hear of commits and act on them: deliveries, timers, payouts.
  Status make_engines(const ServeConfig& config);
  Result<SecretBox::Key> sealing_key(const ServeConfig& config);
  // Makes sure that the platform key is there; given ones replace those given before.
  Status prepare_admin_key(const Secret& given);
  Status finish_reviews();
  Status add_platform_key(const Secret& key, std::string_view description);
  void watch_gauges();
  void watch_store();
  // Every hour, a bounded number at a time until none is left.
  void forget_old_idempotency_keys();
  void forget_some();

  ServerOptions options_;
  SystemRandom random_;
  std::unique_ptr<Clock> clock_;
  TestClock* test_clock_ = nullptr;  // `clock_`, when it is one.
  Metrics metrics_;
  std::optional<DataDirectory> data_directory_;
  std::unique_ptr<SecretBox> secret_box_;
  std::unique_ptr<Store> store_;
  ShardSet shards_;
  BlockingPool storage_pool_;
  BlockingPool resolver_pool_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<ReturnTimers> timers_;
  std::unique_ptr<PayoutRunner> payouts_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<ApiServer> api_;
  std::optional<Secret> new_admin_key_;
  EgressPolicy egress_;
  std::atomic<bool> serving_{false};
  std::atomic<bool> advancing_{false};
};

}  // namespace returnflows

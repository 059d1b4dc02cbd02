#include "returnflows/server/server.h"

#include <algorithm>
#include <future>
#include <utility>
#include <vector>

#include "returnflows/api/api_keys.h"
#include "returnflows/api/sha256.h"
#include "returnflows/base/limits.h"
#include "returnflows/observability/log.h"
#include "returnflows/server/due_sources.h"
#include "returnflows/server/test_clock_steps.h"
#include "returnflows/store/sqlite/sqlite_store.h"

namespace returnflows {
namespace {

// Threads that wait for the disk on behalf of lists and look-ups.
constexpr std::size_t kStorageThreads = 2;
// Threads that wait for name servers: a slow one must not hold up all the others.
constexpr std::size_t kResolverThreads = 4;
constexpr std::chrono::minutes kForgetInterval{60};
// Those given from outside are recognised by this, so that giving another one ends the one before.
constexpr std::string_view kGivenKey = "given with --admin-key";
constexpr std::string_view kMadeKey = "made on the first start";

// Submits one transition and waits for it: for the few that precede the first request.
template <class Transition>
Result<typename Transition::Outcome> submit_and_wait(Journal& journal,
                                                     Mailbox& mailbox,
                                                     Transition transition) {
  using Answer = Result<typename Transition::Outcome>;
  std::promise<Answer> promise;
  auto answer = promise.get_future();
  journal.submit(std::move(transition), mailbox, [&promise](Answer outcome) {
    promise.set_value(std::move(outcome));
  });
  return answer.get();
}

}  // namespace

Server::Server(const ServeConfig& config, ServerOptions options)
    : options_(std::move(options)),
      shards_(config.threads),
      storage_pool_(kStorageThreads),
      resolver_pool_(kResolverThreads) {
  if (config.test_clock) {
    auto clock = std::make_unique<TestClock>();
    test_clock_ = clock.get();
    clock_ = std::move(clock);
  } else {
    clock_ = std::make_unique<SystemClock>();
  }
}

Server::~Server() {
  stop(std::chrono::milliseconds{0});
}

Result<std::unique_ptr<Server>> Server::start(const ServeConfig& config, ServerOptions options) {
  std::unique_ptr<Server> server(new Server(config, std::move(options)));
  RF_TRY_STATUS(server->open(config));
  return server;
}

Status Server::open(const ServeConfig& config) {
  if (!config.database_url.empty()) {
    return fail(ErrorCode::kInvalidInput,
                "--database-url is for PostgreSQL, which this version does not have yet; leave it "
                "out to keep the data in --data-dir");
  }
  RF_TRY(data_directory_, DataDirectory::open(config.data_dir));
  RF_TRY(const SecretBox::Key key, sealing_key(config));
  secret_box_ = std::make_unique<SecretBox>(key, random_);
  RF_TRY(store_,
         open_sqlite_store({.file = data_directory_->database_file(),
                            .clock = *clock_,
                            .random = random_,
                            .vfs = options_.sqlite_vfs}));
  RF_TRY_STATUS(make_engines(config));
  journal_ = std::make_unique<Journal>(
      Journal::Parts{.transitions = store_->transitions(),
                     .queue = store_->queue(),
                     .clock = *clock_,
                     .observers = {dispatcher_.get(), timers_.get(), payouts_.get()},
                     .on_fatal = options_.on_fatal});
  api_ = std::make_unique<ApiServer>(ApiParts{.shards = shards_,
                                              .journal = *journal_,
                                              .store = *store_,
                                              .secret_box = *secret_box_,
                                              .clock = *clock_,
                                              .random = random_,
                                              .storage_pool = storage_pool_,
                                              .metrics = metrics_,
                                              .control = *this,
                                              .egress_policy = config.egress,
                                              .version = RF_VERSION});
  for (CommitObserver* observer : api_->observers()) {
    journal_->add_observer(*observer);
  }
  watch_gauges();
  watch_store();
  shards_.start();
  journal_->start();
  RF_TRY_STATUS(prepare_admin_key(config.admin_key));
  dispatcher_->start(*journal_);
  timers_->start(*journal_);
  payouts_->start(*journal_);
  RF_TRY_STATUS(finish_reviews());
  RF_TRY_STATUS(api_->listen(config.listen.host, config.listen.port));
  api_->start();
  forget_old_idempotency_keys();
  serving_ = true;
  return {};
}

Status Server::make_engines(const ServeConfig& config) {
  egress_ = config.egress;
  RF_TRY(
      dispatcher_,
      Dispatcher::make({.shards = shards_,
                        .catalog = store_->endpoints(),
                        .ids = store_->ids(),
                        .secrets = *secret_box_,
                        .clock = *clock_,
                        .random = random_,
                        .egress = config.egress,
                        .pool = resolver_pool_,
                        .metrics = metrics_},
                       {.in_flight_max = config.max_in_flight,
                        .extra_ca_file = config.ca_file.empty() ? std::nullopt
                                                                : std::optional(config.ca_file)}));
  timers_ = std::make_unique<ReturnTimers>(ReturnTimers::Parts{
      .shard = shards_.at(0), .timers = store_->timers(), .clock = *clock_, .pool = storage_pool_});
  payouts_ = std::make_unique<PayoutRunner>(PayoutRunner::Parts{.shard = shards_.at(0),
                                                                .orders = store_->timers(),
                                                                .settings = store_->settings(),
                                                                .secrets = *secret_box_,
                                                                .clock = *clock_,
                                                                .egress = egress_,
                                                                .tls = dispatcher_->tls(),
                                                                .storage_pool = storage_pool_,
                                                                .resolver_pool = resolver_pool_,
                                                                .metrics = metrics_},
                                            PayoutRunner::Options{});
  return {};
}

Result<SecretBox::Key> Server::sealing_key(const ServeConfig& config) {
  if (!config.secret_key.empty()) return parse_key(config.secret_key.reveal());
  return load_or_create_key(config.effective_secret_key_file(), random_);
}

Status Server::add_platform_key(const Secret& key, std::string_view description) {
  CreateApiKey transition;
  transition.key.id = ApiKeyId{store_->reserve_id()};
  transition.key.description = description;
  transition.key.key_sha256 = sha256({key.reveal()});
  transition.key.hint = api_key_hint(key.reveal());
  transition.key.created_at = clock_->now();
  RF_TRY_STATUS(submit_and_wait(*journal_, shards_.at(0), std::move(transition)));
  return {};
}

// The given key is added before those that were given at earlier starts end: the store never
// revokes its last platform key.
Status Server::prepare_admin_key(const Secret& given) {
  bool any_platform_key = false;
  bool given_is_there = false;
  std::vector<ApiKeyId> outdated;
  for (const auto& key : store_->access().keys()) {
    if (key->revoked || key->merchant.is_set()) continue;
    any_platform_key = true;
    if (given.empty()) continue;
    if (key->key_sha256 == sha256({given.reveal()})) {
      given_is_there = true;
    } else if (key->description == kGivenKey) {
      outdated.push_back(key->id);
    }
  }
  if (given.empty()) {
    if (any_platform_key) return {};
    new_admin_key_ = generate_api_key(random_);
    return add_platform_key(*new_admin_key_, kMadeKey);
  }
  if (!given_is_there) RF_TRY_STATUS(add_platform_key(given, kGivenKey));
  for (const ApiKeyId id : outdated) {
    RF_TRY_STATUS(
        submit_and_wait(*journal_, shards_.at(0), RevokeApiKey{.key = id, .merchant = {}}));
  }
  return {};
}

// A process that ended between a change of settings and its review left open returns behind that
// follow the settings before.
Status Server::finish_reviews() {
  for (const auto& merchant : store_->access().merchants()) {
    const auto settings = store_->settings().settings_of(merchant->id);
    if (!settings->is_review_due) continue;
    ReviewReturns page{.merchant = merchant->id, .version = settings->version};
    for (bool done = false; !done;) {
      RF_TRY(const auto outcome, submit_and_wait(*journal_, shards_.at(0), page));
      page.after = outcome.last;
      done = outcome.done;
    }
  }
  return {};
}

std::uint16_t Server::port() const {
  return api_->port();
}

// Producers first, then the engine, then the writer that both need, then the threads.
void Server::stop(std::chrono::milliseconds grace) {
  const bool was_serving = serving_.exchange(false);
  if (timers_) timers_->stop();
  if (was_serving) {
    const Monotonic deadline = monotonic_now() + grace;
    api_->stop(grace);
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - monotonic_now());
    // Money first: what is cut off there has to be asked about at the next start.
    payouts_->stop(std::max(left, std::chrono::milliseconds{0}));
    dispatcher_->stop(std::max(left, std::chrono::milliseconds{0}));
  } else {
    if (payouts_) payouts_->stop(std::chrono::milliseconds{0});
    if (dispatcher_) dispatcher_->stop(std::chrono::milliseconds{0});
  }
  if (journal_) journal_->stop();
  resolver_pool_.join();
  storage_pool_.join();
  shards_.stop();
}

bool Server::ready() const {
  return serving_ && journal_->healthy();
}

bool Server::has_test_clock() const {
  return test_clock_ != nullptr;
}

Task<Result<Timestamp>> Server::advance_clock(std::chrono::seconds step) {
  if (test_clock_ == nullptr) {
    co_return fail(ErrorCode::kNotFound, "there is no test clock; start with serve --test-clock");
  }
  if (advancing_.exchange(true)) {
    co_return fail(ErrorCode::kConflict,
                   "the clock is being advanced already; wait for the answer");
  }
  DueSources work({timers_.get(), payouts_.get(), dispatcher_.get()}, shards_.current());
  Result<Timestamp> now = co_await advance_through_due_work(*test_clock_, work, step);
  advancing_ = false;
  co_return now;
}

void Server::watch_gauges() {
  const auto gauge = [this](std::string name, std::string text, auto read) {
    metrics_.watch_gauge("returnflows_" + std::move(name), std::move(text), std::move(read));
  };
  gauge("attempts_in_flight", "Requests under way to endpoints.", [this] {
    return static_cast<double>(dispatcher_->statistics().in_flight);
  });
  gauge("deliveries_in_memory", "Deliveries in lanes, not yet on their way.", [this] {
    return static_cast<double>(dispatcher_->statistics().queued);
  });
  gauge("lanes", "Endpoints with a lane in memory.", [this] {
    return static_cast<double>(dispatcher_->statistics().lanes);
  });
  gauge("journal_queue_depth", "Transitions that wait for the next commit.", [this] {
    return static_cast<double>(journal_->statistics().queued);
  });
  gauge("ready", "1 while requests are taken and the disk works.", [this] {
    return ready() ? 1.0 : 0.0;
  });
}

void Server::watch_store() {
  const auto counter =
      [this](std::string name, std::string text, std::uint64_t StoreStatistics::* field) {
        metrics_.watch_counter("returnflows_" + std::move(name), std::move(text), [this, field] {
          return static_cast<double>(store_->statistics().*field);
        });
      };
  counter("store_commits_total", "Group commits.", &StoreStatistics::commits);
  counter("store_statements_total", "Statements run by the writer.", &StoreStatistics::statements);
  metrics_.watch_gauge("returnflows_database_bytes", "Size of the database.", [this] {
    return static_cast<double>(store_->statistics().database_bytes);
  });
  metrics_.watch_gauge(
      "returnflows_ordering_keys_open",
      "Pairs of endpoint and return with something unsettled.",
      [this] { return static_cast<double>(store_->statistics().open_ordering_keys); });
}

void Server::forget_old_idempotency_keys() {
  Shard& shard = shards_.at(0);
  shard.post([this, &shard] { shard.every(kForgetInterval, [this] { forget_some(); }); });
}

void Server::forget_some() {
  journal_->submit(ForgetIdempotencyKeys{.older_than = clock_->now() - limits::kIdempotencyKept},
                   shards_.at(0),
                   [this](const Result<ForgetIdempotencyKeys::Outcome>& outcome) {
                     if (outcome && !outcome->done && serving_) forget_some();
                   });
}

}  // namespace returnflows

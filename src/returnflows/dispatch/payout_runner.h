#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "returnflows/dispatch/activity.h"
#include "returnflows/dispatch/payout_exchange.h"
#include "returnflows/dispatch/payout_report.h"
#include "returnflows/dispatch/resolver.h"
#include "returnflows/endpoints/egress_policy.h"
#include "returnflows/endpoints/secret_box.h"
#include "returnflows/observability/metrics.h"
#include "returnflows/runtime/due_source.h"
#include "returnflows/runtime/offload.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/runtime/task_group.h"
#include "returnflows/store/journal.h"

namespace returnflows {

// Gives payout orders to the merchants' providers when they are due and has the outcomes written.
// All that is kept in memory is when the next order is due: the orders rest in the store.
//
// One payout has one request under way at most, and its order is looked at again only after the
// outcome of the last try is durable. What is cut off by stop() stays in the store, which has the
// provider asked about it at the next start.
//
// Order of life: made before the journal (whose observer it is), start() once journal and shard
// run; stop(), then the journal's stop(), then that of the pools and the shard, and only then is it
// destroyed.
//
// Thread: on_commit() on the journal's, the rest on any but the shard's.
class PayoutRunner final : public CommitObserver, public DueSource {
 public:
  struct Parts {
    Shard& shard;
    TimerBook& orders;
    const SettingsBook& settings;
    const SecretBox& secrets;
    const Clock& clock;
    const EgressPolicy& egress;
    asio::ssl::context& tls;
    BlockingPool& storage_pool;
    BlockingPool& resolver_pool;
    Metrics& metrics;
  };

  struct Options {
    // Requests under way at a time: money is moved seldom, and a provider is never flooded.
    std::size_t in_flight_max = 16;
    // Providers ask banks, and banks take their time.
    std::chrono::milliseconds request_timeout{30'000};
    std::string version = RF_VERSION;  // For the user-agent.
    Resolver::Source resolver_source = machine_addresses;
  };

  PayoutRunner(const Parts& parts, Options options);
  PayoutRunner(const PayoutRunner&) = delete;
  PayoutRunner& operator=(const PayoutRunner&) = delete;
  ~PayoutRunner() override;

  // Begins with the orders that the store has.
  void start(Journal& journal);

  // No new tries; those under way may end within `grace`, then their connections are closed and
  // they are not reported. When it returns, nothing more is submitted to the journal. Blocks. May
  // be called twice, and without start().
  void stop(std::chrono::milliseconds grace);

  void on_commit(const CommitReport& report) override;

  // What is under way is not planned: it ends when the provider answers.
  void next_due(Mailbox& reply_to,
                std::move_only_function<void(std::optional<Timestamp>)> done) override;
  void kick() override;
  void settled_quiet(Mailbox& reply_to, Mailbox::Letter done) override;

 private:
  // One order from its start until its outcome is durable.
  struct Flight {
    std::string key;
    DuePayout due;
    PayoutReach reach = PayoutReach::kMaybe;
    std::optional<PayoutExchange> exchange;
    // Set while the task waits to submit its report again.
    std::move_only_function<void(bool)> resume;
    Monotonic resume_at{};
  };

  using Orders = Result<std::vector<DuePayout>>;

  void note(Timestamp at);
  void load_when_due();
  Task<void> load();
  void take(Orders found);
  void start_flight(DuePayout due);
  Task<void> serve(Flight* flight);
  Task<std::optional<ReportPayout>> try_once(Flight* flight);
  Result<PayoutProvider> provider_of(MerchantId merchant, const ProviderAddress& address) const;
  void remember_reach(const Flight& flight, const ReportPayout& report);
  Task<void> record(Flight* flight, ReportPayout report);
  Task<bool> pause(Flight* flight);
  void finish(Flight* flight);
  void tick();
  void resume_flights(Monotonic now, bool go_on);
  void end_orders();
  void abort();

  Parts parts_;
  Options options_;
  Resolver resolver_;
  PayoutExchange::Surroundings surroundings_;
  Activity activity_;     // Loads and flights.
  bool started_ = false;  // Of the owner's thread, as is `stopped_`.
  bool stopped_ = false;
  // All below on the shard's thread.
  Journal* journal_ = nullptr;
  bool stopping_ = false;          // Nothing new begins.
  bool aborted_ = false;           // What is under way is given up.
  std::optional<Timestamp> next_;  // When to look into the store; never too late.
  std::map<std::string, std::unique_ptr<Flight>, std::less<>> flights_;  // By key.
  bool loading_ = false;
  Monotonic load_again_at_{};
  // What happened while a load was under way, which may have read what was there before.
  std::optional<Timestamp> noted_while_loading_;
  std::set<std::string, std::less<>> finished_while_loading_;
  // Orders to be tried again of which certainly nothing has reached the provider so far.
  std::unordered_set<std::string> untouched_;
  TaskGroup tasks_;
};

}  // namespace returnflows

#include "returnflows/dispatch/dispatcher.h"

#include <algorithm>
#include <future>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/observability/log.h"

namespace returnflows {

Result<std::unique_ptr<Dispatcher>> Dispatcher::make(Parts parts, Options options) {
  RF_TRY(auto tls, make_tls_context(options.extra_ca_file));
  return std::unique_ptr<Dispatcher>(
      new Dispatcher(std::move(parts), std::move(options), std::move(tls)));
}

Dispatcher::Dispatcher(Parts parts, Options options, std::shared_ptr<asio::ssl::context> tls)
    : parts_(std::move(parts)),
      tls_(std::move(tls)),
      budget_(options.window_bytes_max),
      shard_parts_{.catalog = parts_.catalog,
                   .ids = parts_.ids,
                   .secrets = parts_.secrets,
                   .clock = parts_.clock,
                   .random = parts_.random,
                   .egress = parts_.egress,
                   .metrics = parts_.metrics,
                   .pool = parts_.pool,
                   .budget = budget_,
                   .activity = activity_,
                   .flights = flights_,
                   .tls = *tls_,
                   .resolver_source = std::move(options.resolver_source),
                   .user_agent = "Returnflows/" + options.version} {
  flights_.in_flight_max = options.in_flight_max;
  for (std::size_t i = 0; i < parts_.shards.size(); ++i) {
    shards_.push_back(std::make_unique<DispatchShard>(parts_.shards.at(i), shard_parts_));
  }
}

Dispatcher::~Dispatcher() = default;

// The question is asked on the journal's thread, and each shard gets its part of the answer from
// that very thread: so it stands at its right place among the commit reports.
void Dispatcher::start(Journal& journal) {
  RF_CHECK(!started_);
  started_ = true;
  // Nobody may be told that all is quiet before every shard knows what it owes.
  for (std::size_t i = 0; i < shards_.size(); ++i)
    activity_.begin();
  journal.load<bool>(
      [this, &journal](DeliveryQueue& queue) -> Result<bool> {
        RF_TRY(const std::vector<EndpointId> all, queue.endpoints_with_pending());
        std::vector<std::vector<EndpointId>> by_shard(shards_.size());
        for (const EndpointId id : all) {
          by_shard[shard_index(id)].push_back(id);
        }
        for (std::size_t i = 0; i < shards_.size(); ++i) {
          parts_.shards.at(i).post(
              [this, shard = shards_[i].get(), &journal, endpoints = std::move(by_shard[i])] {
                shard->begin(journal, endpoints);
                activity_.end();
              });
        }
        return true;
      },
      parts_.shards.at(0),
      [this](const Result<bool>& asked) {
        if (asked) return;
        for (std::size_t i = 0; i < shards_.size(); ++i)
          activity_.end();
        log_line(LogLevel::kError,
                 "the store cannot say what is waiting; nothing is sent",
                 {{"reason", std::string_view{asked.error().detail}}});
      });
}

void Dispatcher::on_commit(const CommitReport& report) {
  if (!report.canceled.empty()) {
    for (std::size_t i = 0; i < report.canceled.size(); ++i) {
      parts_.metrics.delivery_settled("canceled");
    }
  }
  std::vector<DispatchShard::Batch> batches(shards_.size());
  for (const DueDelivery& due : report.due) {
    batches[shard_index(due.endpoint)].due.push_back(due);
  }
  for (const EndpointChange& change : report.endpoints) {
    batches[shard_index(change.id)].endpoints.push_back(change);
  }
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    batches[i].canceled = report.canceled;
    if (batches[i].empty()) continue;
    parts_.shards.at(i).post([shard = shards_[i].get(), batch = std::move(batches[i])]() mutable {
      shard->take(std::move(batch));
    });
  }
}

void Dispatcher::on_every_shard(const Visit& visit) {
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    parts_.shards.at(i).post([shard = shards_[i].get(), visit] { visit(*shard); });
  }
}

void Dispatcher::walk(std::size_t index, std::shared_ptr<Visit> visit, Mailbox::Letter then) {
  if (index == shards_.size()) {
    then();
    return;
  }
  parts_.shards.at(index).post(
      [this, index, visit = std::move(visit), then = std::move(then)]() mutable {
        (*visit)(*shards_[index]);
        walk(index + 1, std::move(visit), std::move(then));
      });
}

void Dispatcher::next_due(Mailbox& reply_to,
                          std::move_only_function<void(std::optional<Timestamp>)> done) {
  const auto soonest = std::make_shared<std::optional<Timestamp>>();
  auto visit = std::make_shared<Visit>([soonest](DispatchShard& shard) {
    const std::optional<Timestamp> due = shard.next_due();
    if (due) *soonest = std::min(soonest->value_or(*due), *due);
  });
  walk(0, std::move(visit), [soonest, &reply_to, done = std::move(done)]() mutable {
    std::vector<Mailbox::Letter> letters;
    letters.push_back([soonest, done = std::move(done)]() mutable { done(*soonest); });
    reply_to.deliver(std::move(letters));
  });
}

void Dispatcher::kick() {
  on_every_shard([](DispatchShard& shard) { shard.wake_due(); });
}

void Dispatcher::settled_quiet(Mailbox& reply_to, Mailbox::Letter done) {
  // Behind the letters of kick() and of commits, on every shard.
  walk(0,
       std::make_shared<Visit>([](DispatchShard&) {}),
       [this, &reply_to, done = std::move(done)]() mutable {
         activity_.when_quiet(reply_to, std::move(done));
       });
}

void Dispatcher::stop(std::chrono::milliseconds grace) {
  if (!started_ || std::exchange(stopped_, true)) return;
  on_every_shard([](DispatchShard& shard) { shard.stop(); });
  const auto quiet = std::make_shared<std::promise<void>>();
  std::future<void> told = quiet->get_future();
  settled_quiet(parts_.shards.at(0), [quiet] { quiet->set_value(); });
  if (told.wait_for(grace) == std::future_status::timeout) {
    log_line(LogLevel::kWarning,
             "stopping with requests under way; they are sent again after the next start",
             {{"requests", static_cast<std::int64_t>(statistics().in_flight)}});
  }
  wait_until_closed();
}

// Closing makes every task of every connection end by itself; then nobody is left to submit.
void Dispatcher::wait_until_closed() {
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    std::promise<void> closed;
    std::future<void> told = closed.get_future();
    parts_.shards.at(i).post([shard = shards_[i].get(), &closed] {
      shard->abort();
      shard->when_closed([&closed] { closed.set_value(); });
    });
    told.wait();
  }
}

Dispatcher::Statistics Dispatcher::statistics() const {
  Statistics all{.in_flight = flights_.in_flight.load(std::memory_order_relaxed),
                 .window_bytes = budget_.used()};
  for (const auto& shard : shards_) {
    const DispatchShard::Statistics one = shard->statistics();
    all.queued += one.queued;
    all.lanes += one.lanes;
  }
  return all;
}

}  // namespace returnflows

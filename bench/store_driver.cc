#include "bench/store_driver.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <future>
#include <utility>

#include "bench/event_mark.h"
#include "bench/report_line.h"
#include "returnflows/base/check.h"
#include "returnflows/delivery/signing.h"
#include "returnflows/endpoints/secret_box.h"
#include "returnflows/store/sqlite/sqlite_store.h"

namespace returnflows::bench {
namespace {

std::chrono::duration<double> process_cpu() {
  timespec used{};
  RF_CHECK(::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0);
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

// What the sink's answer makes of a delivery.
SettleAttempt settlement(DeliveryId delivery, Timestamp now) {
  SettleAttempt transition;
  transition.delivery = delivery;
  transition.attempt.started_at = now;
  transition.attempt.status = 200;
  transition.attempt.timings.first_byte = std::chrono::microseconds{180};
  transition.attempt.timings.total = std::chrono::microseconds{200};
  transition.attempt.remote_address = "127.0.0.1:9000";
  transition.attempt.answer_headers = "content-length: 2\r\n";
  transition.attempt.answer_body = "ok";
  transition.next_state = DeliveryState::kDelivered;
  return transition;
}

}  // namespace

Result<std::unique_ptr<StoreDriver>> StoreDriver::open(const std::filesystem::path& folder,
                                                       const std::string& event) {
  std::unique_ptr<StoreDriver> driver(new StoreDriver());
  RF_TRY_STATUS(driver->prepare(folder, event));
  return driver;
}

StoreDriver::~StoreDriver() {
  if (journal_) journal_->stop();
  shard_.stop();
}

Status StoreDriver::prepare(const std::filesystem::path& folder, const std::string& event) {
  EventParser parser;
  RF_TRY(event_, parser.parse(event));
  mark_at_ = event_.data_json.find(kBlankMark);
  if (mark_at_ == std::string::npos) return fail(ErrorCode::kInvalidInput, "the event has no mark");
  RF_TRY(
      store_,
      open_sqlite_store({.file = folder / "returnflows.db", .clock = clock_, .random = random_}));
  merchant_ = store_->access().merchants().front()->id;
  journal_ = std::make_unique<Journal>(
      Journal::Parts{.transitions = store_->transitions(),
                     .queue = store_->queue(),
                     .clock = clock_,
                     .observers = {this},
                     .on_fatal = [](const Error& error) {
                       std::fprintf(stderr, "the store failed: %s\n", error.detail.c_str());
                       std::abort();
                     }});
  shard_.start();
  journal_->start();
  return add_endpoint();
}

Status StoreDriver::add_endpoint() {
  SecretBox::Key key{};
  const SecretBox box(key, random_);
  CreateEndpoint transition;
  transition.endpoint.id = EndpointId{store_->reserve_id()};
  transition.endpoint.merchant = merchant_;
  transition.endpoint.url = "http://127.0.0.1:9000/ok/0";
  transition.endpoint.secret = box.seal(generate_secret(random_), transition.endpoint.id);
  transition.endpoint.created_at = transition.endpoint.updated_at = clock_.now();
  endpoint_ = transition.endpoint.id;
  std::promise<Status> promise;
  journal_->submit(std::move(transition), shard_, [&promise](Result<Created> answer) {
    promise.set_value(answer ? Status{} : Status{std::unexpected(answer.error())});
  });
  return promise.get_future().get();
}

std::string StoreDriver::return_id(std::uint64_t number) const {
  std::string id{kBlankMark};
  write_mark(id.data(), {.number = number, .sent_at = {}});
  return id;
}

StoreDriver::Cost StoreDriver::run(const Load& load) {
  const StoreStatistics before = store_->statistics();
  const auto cpu_before = process_cpu();
  const Monotonic started = monotonic_now();
  {
    const std::scoped_lock lock(mutex_);
    done_ = false;
  }
  shard_.post([this, load] {
    load_ = load;
    submitted_ = settled_ = 0;
    for (std::size_t i = 0; i < load_.producers; ++i) {
      submit_events();
    }
  });
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
  }
  const StoreStatistics after = store_->statistics();
  return {.time = monotonic_now() - started,
          .cpu = process_cpu() - cpu_before,
          .commits = after.commits - before.commits,
          .statements = after.statements - before.statements};
}

AcceptEvents StoreDriver::next_events() {
  AcceptEvents transition;
  transition.merchant = merchant_;
  const std::uint64_t count =
      std::min<std::uint64_t>(load_.events_per_transition, load_.events - submitted_);
  for (std::uint64_t i = 0; i < count; ++i) {
    AcceptEvents::Item& item = transition.items.emplace_back();
    item.event = event_;
    item.event.return_id = return_id(next_number_);
    write_mark(item.event.data_json.data() + mark_at_, {.number = next_number_, .sent_at = {}});
    ++next_number_;
  }
  submitted_ += count;
  return transition;
}

void StoreDriver::submit_events() {
  if (submitted_ == load_.events) return;
  journal_->submit(next_events(), shard_, [this](const Result<AcceptEvents::Outcome>& outcome) {
    RF_CHECK(outcome.has_value());
    submit_events();
  });
}

void StoreDriver::on_commit(const CommitReport& report) {
  if (report.due.empty()) return;
  std::vector<DeliveryId> deliveries;
  deliveries.reserve(report.due.size());
  for (const DueDelivery& due : report.due) {
    deliveries.push_back(due.id);
  }
  shard_.post([this, deliveries = std::move(deliveries)] { settle(deliveries); });
}

void StoreDriver::settle(const std::vector<DeliveryId>& deliveries) {
  const Timestamp now = clock_.now();
  for (const DeliveryId delivery : deliveries) {
    journal_->submit(settlement(delivery, now), shard_, [this](const Result<DeliveryState>& state) {
      RF_CHECK(state.has_value());
      count_settled();
    });
  }
}

void StoreDriver::count_settled() {
  if (++settled_ < load_.events) return;
  {
    const std::scoped_lock lock(mutex_);
    done_ = true;
  }
  changed_.notify_one();
}

std::string cost_per_event(const StoreDriver::Cost& cost, std::uint64_t events) {
  const auto count = static_cast<double>(events);
  return ReportLine()
      .add("rate", count / cost.time.count())
      .add("time_us", cost.time.count() * 1e6 / count)
      .add("cpu_us", cost.cpu.count() * 1e6 / count)
      .add("commits", static_cast<double>(cost.commits) / count)
      .add("statements", static_cast<double>(cost.statements) / count)
      .text();
}

}  // namespace returnflows::bench

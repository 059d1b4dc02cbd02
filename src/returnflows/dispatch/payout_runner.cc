#include "returnflows/dispatch/payout_runner.h"

#include <algorithm>
#include <future>
#include <utility>
#include <variant>

#include "returnflows/base/check.h"
#include "returnflows/dispatch/payout_request.h"
#include "returnflows/observability/log.h"

namespace returnflows {
namespace {

// How late an order or the end of a request may be noticed.
constexpr std::chrono::milliseconds kTick{100};
// Before something of ours that failed is tried again: a read of the store, a report.
constexpr std::chrono::seconds kOwnFaultPause{1};
// Untouched orders that are remembered: a provider that is down for an hour in the busiest sale.
// Beyond, the outcome of an order that nobody got is unknown, which only means one question more.
constexpr std::size_t kUntouchedMax = 10'000;

// A label of the metric; empty for what is none of its outcomes.
std::string_view outcome_name(const ReportPayout& report) {
  if (!report.result) return {};
  const returns::CommandBody& body = report.result->body;
  if (std::holds_alternative<returns::PayoutSucceeded>(body)) return "succeeded";
  if (const auto* failed = std::get_if<returns::PayoutFailed>(&body)) {
    return failed->outcome == returns::PayoutOutcome::kUnknown ? "unknown" : "refused";
  }
  if (const auto* checked = std::get_if<returns::CheckAfterClose>(&body)) {
    const bool has_failed =
        std::ranges::find(checked->payouts,
                          returns::PayoutVerdict::kFailed,
                          &returns::CheckedPayout::verdict) != checked->payouts.end();
    if (has_failed) return "failed_after_close";
  }
  return {};
}

void log_outcome(std::string_view key, const ReportPayout& report, const PayoutAnswer& answer) {
  if (report.ask_again_at) {
    log_line(LogLevel::kWarning,
             "a payout is tried again",
             {{"payout", key},
              {"attempts", std::int64_t{report.attempts_made}},
              {"code", std::string_view{answer.error.code}}});
    return;
  }
  const std::string_view outcome = outcome_name(report);
  if (outcome.empty() || outcome == "succeeded") return;
  log_line(LogLevel::kError,
           "a payout has failed",
           {{"payout", key},
            {"outcome", outcome},
            {"attempts", std::int64_t{report.attempts_made}},
            {"code", std::string_view{answer.error.code}}});
}

PayoutAnswer unusable(const Error& error) {
  return {.kind = PayoutAnswer::Kind::kNothing,
          .error = {.code = "provider_unusable",
                    .message = "The payout provider cannot be asked: " + error.detail,
                    .is_retryable = true}};
}

}  // namespace

PayoutRunner::PayoutRunner(const Parts& parts, Options options)
    : parts_(parts),
      options_(std::move(options)),
      resolver_(parts_.resolver_pool, parts_.shard, options_.resolver_source),
      surroundings_{.executor = parts_.shard.executor(),
                    .resolver = resolver_,
                    .egress = parts_.egress,
                    .tls = parts_.tls,
                    .clock = parts_.clock,
                    .user_agent = "Returnflows/" + options_.version,
                    .request_timeout = options_.request_timeout} {}

PayoutRunner::~PayoutRunner() {
  RF_CHECK(tasks_.empty());
}

void PayoutRunner::start(Journal& journal) {
  RF_CHECK(!started_);
  started_ = true;
  activity_.begin();
  parts_.shard.post([this, &journal] {
    journal_ = &journal;
    parts_.shard.every(kTick, [this] { tick(); });
    note(parts_.clock.now());
    load_when_due();
    activity_.end();
  });
}

void PayoutRunner::on_commit(const CommitReport& report) {
  if (!report.first_payout) return;
  parts_.shard.post([this, at = *report.first_payout] {
    note(at);
    load_when_due();
  });
}

// --- What is due ---

void PayoutRunner::note(Timestamp at) {
  take_sooner(next_, at);
  if (loading_) take_sooner(noted_while_loading_, at);
}

void PayoutRunner::load_when_due() {
  const bool is_due = next_ && *next_ <= parts_.clock.now();
  const bool may_load = journal_ != nullptr && !stopping_ && !loading_ &&
                        flights_.size() < options_.in_flight_max &&
                        monotonic_now() >= load_again_at_;
  if (!is_due || !may_load) return;
  loading_ = true;
  activity_.begin();
  tasks_.spawn(surroundings_.executor, "payout orders", load());
}

// Also what is not due yet is asked for, because the first of it says when to look again. One more
// than may be under way: those that are stand among the answers.
Task<void> PayoutRunner::load() {
  auto read = [orders = &parts_.orders, count_max = options_.in_flight_max + 1] {
    return orders->due_payouts(Timestamp::max(), count_max);
  };
  Orders found = co_await offload(parts_.storage_pool, parts_.shard, std::move(read));
  take(std::move(found));
  activity_.end();
}

void PayoutRunner::take(Orders found) {
  loading_ = false;
  const auto finished = std::exchange(finished_while_loading_, {});
  const auto noted = std::exchange(noted_while_loading_, std::nullopt);
  const Timestamp now = parts_.clock.now();
  if (!found) {
    log_line(LogLevel::kError,
             "the store cannot say which payouts are due",
             {{"reason", std::string_view{found.error().detail}}});
    load_again_at_ = monotonic_now() + kOwnFaultPause;
    note(now);
    return;
  }
  next_ = noted;
  for (DuePayout& due : *found) {
    const std::string key = payout_key(due.order.request);
    // Of one that is under way, or was until just now, this may be the order before the last try.
    // The end of that try has us look again.
    if (flights_.contains(key) || finished.contains(key)) continue;
    const bool can_go =
        due.order.next_attempt_at <= now && !stopping_ && flights_.size() < options_.in_flight_max;
    if (!can_go) {
      note(due.order.next_attempt_at);
      break;
    }
    start_flight(std::move(due));
  }
  load_when_due();
}

// --- One order ---

void PayoutRunner::start_flight(DuePayout due) {
  auto flight = std::make_unique<Flight>();
  flight->key = payout_key(due.order.request);
  const bool is_first_request =
      due.order.request.action == returns::PayoutAction::kExecute && due.order.attempts_made == 0;
  if (is_first_request || untouched_.contains(flight->key)) flight->reach = PayoutReach::kNever;
  flight->due = std::move(due);
  Flight* started = flight.get();
  flights_.emplace(started->key, std::move(flight));
  activity_.begin();
  tasks_.spawn(surroundings_.executor, "payout", serve(started));
}

Task<void> PayoutRunner::serve(Flight* flight) {
  std::optional<ReportPayout> report = co_await try_once(flight);
  if (report) {
    remember_reach(*flight, *report);
    co_await record(flight, std::move(*report));
  }
  finish(flight);
}

Task<std::optional<ReportPayout>> PayoutRunner::try_once(Flight* flight) {
  if (stopping_) co_return std::nullopt;
  const PayoutOrder& order = flight->due.order;
  const auto settings = parts_.settings.settings_of(order.merchant);
  if (settings->payouts_url.empty()) {
    const ReportPayout report = report_without_provider(order, flight->reach);
    log_outcome(flight->key, report, {.error = {.code = "no_provider"}});
    co_return report;
  }
  // Money must not come from two providers: one that may know the payout is asked, whatever the
  // settings say now, and gives it up by saying that it does not.
  const ProviderAddress present{.url = settings->payouts_url, .secret = settings->payouts_secret};
  const ProviderAddress known_at = flight->due.ordered_from.value_or(present);
  const bool has_moved = known_at.url != present.url;
  if (has_moved && flight->reach == PayoutReach::kNever) {
    co_return report_move(order, parts_.clock.now());
  }
  std::optional<PayoutAnswer> answer;
  if (auto provider = provider_of(order.merchant, has_moved ? known_at : present)) {
    flight->exchange.emplace(surroundings_, std::move(*provider));
    answer = co_await (has_moved ? flight->exchange->ask(&flight->due)
                                 : flight->exchange->run(&flight->due));
    if (!answer) co_return std::nullopt;
  } else {
    answer = unusable(provider.error());
  }
  if (has_moved && answer->kind == PayoutAnswer::Kind::kUnknown &&
      order.request.action != returns::PayoutAction::kAsk) {
    co_return report_move(order, parts_.clock.now());
  }
  const bool knows_it = answer->kind == PayoutAnswer::Kind::kPending;
  if (answer->may_have_arrived || knows_it) flight->reach = PayoutReach::kMaybe;
  const ReportPayout report = report_payout(order, *answer, flight->reach, parts_.clock.now());
  log_outcome(flight->key, report, *answer);
  co_return report;
}

Result<PayoutProvider> PayoutRunner::provider_of(MerchantId merchant,
                                                 const ProviderAddress& address) const {
  RF_TRY(EndpointUrl url, parse_endpoint_url(address.url, parts_.egress));
  RF_TRY(const Secret secret,
         parts_.secrets.open(address.secret, settings_secret_name(merchant, "payouts")));
  RF_TRY(Signer signer, Signer::make(secret));
  return PayoutProvider{.url = std::make_shared<const EndpointUrl>(std::move(url)),
                        .signer = std::move(signer)};
}

void PayoutRunner::remember_reach(const Flight& flight, const ReportPayout& report) {
  const bool stays_untouched =
      report.ask_again_at && flight.reach == PayoutReach::kNever &&
      (untouched_.size() < kUntouchedMax || untouched_.contains(flight.key));
  if (stays_untouched) {
    untouched_.insert(flight.key);
  } else {
    untouched_.erase(flight.key);
  }
}

// Money may have moved: what came of it is submitted until it is written.
Task<void> PayoutRunner::record(Flight* flight, ReportPayout report) {
  const std::string_view outcome = outcome_name(report);
  for (;;) {
    auto submit = [this, copy = report](auto done) mutable {
      journal_->submit(std::move(copy), parts_.shard, std::move(done));
    };
    const Result<ReportPayout::Outcome> written =
        co_await answer_of<Result<ReportPayout::Outcome>>(std::move(submit));
    if (written) {
      if (!outcome.empty()) parts_.metrics.payout_settled(outcome);
      co_return;
    }
    const ErrorCode code = written.error().code;
    if (code == ErrorCode::kUnavailable || code == ErrorCode::kCancelled) {
      // The disk has failed, or the server stops: nothing may be ordered that cannot be written.
      end_orders();
      co_return;
    }
    log_line(LogLevel::kError,
             "the outcome of a payout could not be recorded; it is tried again",
             {{"payout", std::string_view{flight->key}},
              {"reason", std::string_view{written.error().detail}}});
    if (aborted_) co_return;
    const bool go_on = co_await pause(flight);
    if (!go_on) co_return;
  }
}

// False when there is no use in going on.
Task<bool> PayoutRunner::pause(Flight* flight) {
  auto wait = [flight](std::move_only_function<void(bool)> resume) {
    flight->resume = std::move(resume);
    flight->resume_at = monotonic_now() + kOwnFaultPause;
  };
  co_return co_await answer_of<bool>(std::move(wait));
}

// Whatever was read of this order so far is out of date, so the store is looked into again.
void PayoutRunner::finish(Flight* flight) {
  if (loading_) finished_while_loading_.insert(flight->key);
  flights_.erase(flights_.find(flight->key));
  note(parts_.clock.now());
  load_when_due();
  activity_.end();
}

void PayoutRunner::tick() {
  const Monotonic now = monotonic_now();
  resolver_.sweep(now);
  for (const auto& [key, flight] : flights_) {
    if (flight->exchange) flight->exchange->sweep(now);
  }
  resume_flights(now, true);
  load_when_due();
}

// A flight that goes on may end at once, and is then no longer among the others.
void PayoutRunner::resume_flights(Monotonic now, bool go_on) {
  std::vector<std::move_only_function<void(bool)>> due;
  for (const auto& [key, flight] : flights_) {
    if (flight->resume && (!go_on || flight->resume_at <= now)) {
      due.push_back(std::exchange(flight->resume, nullptr));
    }
  }
  for (auto& resume : due) {
    resume(go_on);
  }
}

// --- The end ---

void PayoutRunner::stop(std::chrono::milliseconds grace) {
  if (!started_ || std::exchange(stopped_, true)) return;
  parts_.shard.post([this] { end_orders(); });
  const auto quiet = std::make_shared<std::promise<void>>();
  std::future<void> told = quiet->get_future();
  settled_quiet(parts_.shard, [quiet] { quiet->set_value(); });
  if (told.wait_for(grace) == std::future_status::timeout) {
    log_line(LogLevel::kWarning,
             "stopping with payouts under way; their provider is asked about them after the next "
             "start");
  }
  std::promise<void> closed;
  std::future<void> ended = closed.get_future();
  parts_.shard.post([this, &closed] {
    abort();
    tasks_.when_empty([&closed] { closed.set_value(); });
  });
  ended.wait();
}

void PayoutRunner::end_orders() {
  stopping_ = true;
  for (const auto& [key, flight] : flights_) {
    if (flight->exchange) flight->exchange->stop();
  }
}

// The exchanges before the resolver: one whose look-up ends must know by then that it is cut off.
void PayoutRunner::abort() {
  aborted_ = true;
  for (const auto& [key, flight] : flights_) {
    if (flight->exchange) flight->exchange->abort();
  }
  resolver_.abandon();
  resume_flights({}, false);
}

// --- The test clock ---

void PayoutRunner::next_due(Mailbox& reply_to,
                            std::move_only_function<void(std::optional<Timestamp>)> done) {
  parts_.shard.post([this, &reply_to, done = std::move(done)]() mutable {
    std::vector<Mailbox::Letter> letters;
    letters.push_back([done = std::move(done), next = next_]() mutable { done(next); });
    reply_to.deliver(std::move(letters));
  });
}

void PayoutRunner::kick() {
  parts_.shard.post([this] { load_when_due(); });
}

void PayoutRunner::settled_quiet(Mailbox& reply_to, Mailbox::Letter done) {
  parts_.shard.post([this, &reply_to, done = std::move(done)]() mutable {
    activity_.when_quiet(reply_to, std::move(done));
  });
}

}  // namespace returnflows

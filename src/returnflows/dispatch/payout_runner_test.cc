#include "returnflows/dispatch/payout_runner.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/dispatch/memory_payouts.h"
#include "returnflows/dispatch/scripted_provider.h"

namespace returnflows {
namespace {

using returns::PayoutAction;
using returns::PayoutOutcome;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Timestamp kStart{milliseconds{1'700'000'000'000}};
const std::string kSecret = "a secret of mine";
const std::string kOrder = "POST /payouts";
const std::string kQuestion = "GET /payouts/ret_1/1/pay";

// Opened once, and waited for by those whose turn comes after that.
class Gate {
 public:
  void open() {
    if (!std::exchange(opened_, true)) promise_.set_value();
  }

  void wait() const { future_.wait(); }

 private:
  bool opened_ = false;
  std::promise<void> promise_;
  std::shared_future<void> future_ = promise_.get_future().share();
};

// Everything from the journal to the sockets, over a store in memory and time that stands still.
class PayoutRunnerTest : public testing::Test {
 protected:
  void TearDown() override {
    stop();
    storage_pool_.join();
    resolver_pool_.join();
    shards_.stop();
    runner_.reset();
  }

  void start(const std::string& url, PayoutRunner::Options options = {}) {
    if (!url.empty()) {
      store_.set_provider(url,
                          secrets_.seal(Secret(kSecret),
                                        settings_secret_name(MemoryPayouts::kMerchant, "payouts")));
    }
    start_with(std::move(options));
  }

  void start_with(PayoutRunner::Options options) {
    tls_ = *make_tls_context(std::nullopt);
    runner_ = std::make_unique<PayoutRunner>(PayoutRunner::Parts{.shard = shards_.at(0),
                                                                 .orders = store_,
                                                                 .settings = store_,
                                                                 .secrets = secrets_,
                                                                 .clock = clock_,
                                                                 .egress = egress_,
                                                                 .tls = *tls_,
                                                                 .storage_pool = storage_pool_,
                                                                 .resolver_pool = resolver_pool_,
                                                                 .metrics = metrics_},
                                             std::move(options));
    journal_ = std::make_unique<Journal>(Journal::Parts{.transitions = store_,
                                                        .queue = store_,
                                                        .clock = clock_,
                                                        .observers = {runner_.get()},
                                                        .on_fatal = {}});
    shards_.start();
    journal_->start();
    runner_->start(*journal_);
  }

  void stop(milliseconds grace = seconds{10}) {
    if (!runner_) return;
    runner_->stop(grace);
    journal_->stop();
  }

  // Commits a payout order for that return.
  void close(std::int64_t return_id) {
    std::promise<bool> accepted;
    RunCommand command{
        .merchant = MemoryPayouts::kMerchant,
        .target = RunCommand::OneReturn{.id = {return_id}},
        .command = {.body = returns::CloseReturn{}, .actor = returns::system_actor()}};
    journal_->submit(
        std::move(command), shards_.at(0), [&](const Result<RunCommand::Outcome>& answer) {
          accepted.set_value(answer.has_value());
        });
    ASSERT_TRUE(accepted.get_future().get());
  }

  void quiet() {
    std::promise<void> done;
    runner_->settled_quiet(shards_.at(1), [&] { done.set_value(); });
    done.get_future().get();
  }

  std::optional<Timestamp> next_due() {
    std::promise<std::optional<Timestamp>> answer;
    runner_->next_due(shards_.at(1), [&](std::optional<Timestamp> due) { answer.set_value(due); });
    return answer.get_future().get();
  }

  // Moves the clock to what falls due next, and waits until it has been handled.
  void step() {
    const std::optional<Timestamp> due = next_due();
    ASSERT_TRUE(due);
    if (*due > clock_.now()) clock_.advance(*due - clock_.now());
    runner_->kick();
    quiet();
  }

  static bool wait(const std::function<bool()>& done) {
    const auto give_up = monotonic_now() + seconds{20};
    while (!done()) {
      if (monotonic_now() > give_up) return false;
      std::this_thread::yield();
    }
    return true;
  }

  template <class Body>
  Body result(std::size_t index = 0) const {
    const auto reports = store_.reports();
    EXPECT_LT(index, reports.size());
    if (index >= reports.size() || !reports[index].result ||
        !std::holds_alternative<Body>(reports[index].result->body)) {
      ADD_FAILURE() << "there is no such result";
      return {};
    }
    return std::get<Body>(reports[index].result->body);
  }

  ManualClock clock_{kStart};
  SystemRandom random_;
  SecretBox secrets_{{}, random_};
  EgressPolicy egress_{.allow = {*IpRange::parse("127.0.0.0/8")}};
  Metrics metrics_;
  MemoryPayouts store_;
  BlockingPool storage_pool_{1};
  BlockingPool resolver_pool_{1};
  ShardSet shards_{2};
  std::shared_ptr<asio::ssl::context> tls_;
  std::unique_ptr<PayoutRunner> runner_;
  std::unique_ptr<Journal> journal_;
};

std::string settled(const ScriptedProvider::Request& request) {
  return request.is_order() ? json_answer(200, R"({"external_id":"re_1"})")
                            : json_answer(200, R"({"status":"settled","external_id":"re_1"})");
}

std::string not_known_and_out_of_order(const ScriptedProvider::Request& request) {
  return request.is_order() ? json_answer(500) : json_answer(404);
}

TEST_F(PayoutRunnerTest, AnOrderOfTheStoreIsGivenToTheProviderAndSucceeds) {
  ScriptedProvider provider(settled);
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  quiet();
  EXPECT_THAT(provider.lines(), ElementsAre(kOrder));
  EXPECT_EQ(result<returns::PayoutSucceeded>().external_id, "re_1");
  EXPECT_THAT(store_.orders(), IsEmpty());
  EXPECT_EQ(next_due(), std::nullopt);
}

TEST_F(PayoutRunnerTest, TheRequestIsSignedAndCarriesItsKey) {
  ScriptedProvider provider(settled);
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  quiet();
  const ScriptedProvider::Request request = provider.requests().at(0);
  EXPECT_EQ(request.header("Idempotency-Key"), "ret_1/1/pay");
  EXPECT_EQ(request.body, R"({"payout":{"id":"pay"},"return":{"id":"ret_1"}})");
  EXPECT_TRUE(verify_standard_signature(Secret(kSecret),
                                        {.id = "ret_1/1/pay",
                                         .timestamp = request.header("webhook-timestamp"),
                                         .signature = request.header("webhook-signature"),
                                         .body = request.body,
                                         .now_seconds = kStart.time_since_epoch().count() / 1000}));
}

TEST_F(PayoutRunnerTest, AnOrderThatIsCommittedLaterGoesOutAtOnce) {
  ScriptedProvider provider(settled);
  start(provider.url());
  quiet();
  close(1);
  quiet();
  EXPECT_THAT(provider.lines(), ElementsAre(kOrder));
  EXPECT_EQ(store_.reports().size(), 1U);
}

TEST_F(PayoutRunnerTest, AFourHundredIsReportedAtOnceAndNotTriedAgain) {
  ScriptedProvider provider([](const auto&) {
    return json_answer(402, R"({"error":{"code":"card_closed","message":"The card is closed."}})");
  });
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  quiet();
  const auto failed = result<returns::PayoutFailed>();
  EXPECT_EQ(failed.outcome, PayoutOutcome::kRefused);
  EXPECT_EQ(failed.error.code, "card_closed");
  EXPECT_EQ(next_due(), std::nullopt);
  EXPECT_EQ(provider.orders(), 1U);
}

TEST_F(PayoutRunnerTest, AFiveHundredIsTriedAgainOnScheduleEachTimeAfterAQuestion) {
  ScriptedProvider provider(not_known_and_out_of_order);
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  quiet();
  std::vector<seconds> pauses;
  while (const auto due = next_due()) {
    pauses.push_back(std::chrono::duration_cast<seconds>(*due - clock_.now()));
    step();
  }
  EXPECT_THAT(pauses, ElementsAre(seconds{5}, seconds{60}, seconds{600}, seconds{3600}));
  EXPECT_THAT(
      provider.lines(),
      ElementsAre(
          kOrder, kQuestion, kOrder, kQuestion, kOrder, kQuestion, kOrder, kQuestion, kOrder));
  EXPECT_EQ(result<returns::PayoutFailed>(4).outcome, PayoutOutcome::kUnknown);
  EXPECT_THAT(store_.orders(), IsEmpty());
}

TEST_F(PayoutRunnerTest, NothingGoesOutBeforeItIsDue) {
  ScriptedProvider provider(not_known_and_out_of_order);
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  quiet();
  clock_.advance(milliseconds{4'999});
  runner_->kick();
  quiet();
  EXPECT_EQ(provider.orders(), 1U);
  clock_.advance(milliseconds{1});
  runner_->kick();
  quiet();
  EXPECT_EQ(provider.orders(), 2U);
}

TEST_F(PayoutRunnerTest, TheTickerNoticesByItselfWhatIsDue) {
  ScriptedProvider provider(not_known_and_out_of_order);
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  quiet();
  clock_.advance(seconds{5});
  EXPECT_TRUE(wait([&] { return provider.orders() == 2; }));
}

TEST_F(PayoutRunnerTest, AfterATimeoutTheProviderIsAskedAndWhatItHasSettledIsNotOrderedAgain) {
  ScriptedProvider provider(
      [](const auto& request) { return request.is_order() ? std::string() : settled(request); });
  store_.put(MemoryPayouts::order(1));
  start(provider.url(), {.request_timeout = milliseconds{200}});
  quiet();
  EXPECT_EQ(store_.reports().at(0).ask_again_at, kStart + seconds{5});
  step();
  EXPECT_THAT(provider.lines(), ElementsAre(kOrder, kQuestion));
  EXPECT_EQ(result<returns::PayoutSucceeded>(1).external_id, "re_1");
}

TEST_F(PayoutRunnerTest, WhatIsPendingIsAskedForAndNotOrdered) {
  ScriptedProvider provider([](const auto& request) {
    return request.is_order() ? json_answer(500) : json_answer(200, R"({"status":"pending"})");
  });
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  quiet();
  step();
  step();
  EXPECT_THAT(provider.lines(), ElementsAre(kOrder, kQuestion, kQuestion));
}

TEST_F(PayoutRunnerTest, AQuestionWithoutAnAnswerHoldsTheOrderBack) {
  ScriptedProvider provider([](const auto&) { return json_answer(503); });
  store_.put(MemoryPayouts::order(1, PayoutAction::kAskThenExecute));
  start(provider.url());
  quiet();
  EXPECT_THAT(provider.lines(), ElementsAre(kQuestion));
  EXPECT_EQ(next_due(), kStart + seconds{5});
}

TEST_F(PayoutRunnerTest, AnOrderOfUnknownOutcomeIsMadeOnceTheProviderDoesNotKnowIt) {
  ScriptedProvider provider(
      [](const auto& request) { return request.is_order() ? settled(request) : json_answer(404); });
  store_.put(MemoryPayouts::order(1, PayoutAction::kAskThenExecute));
  start(provider.url());
  quiet();
  EXPECT_THAT(provider.lines(), ElementsAre(kQuestion, kOrder));
  EXPECT_EQ(result<returns::PayoutSucceeded>().payout_id, "pay");
}

// The settings name a provider, and the payout was ordered from another one before.
class MovedPayoutTest : public PayoutRunnerTest {
 protected:
  ProviderAddress address_of(const ScriptedProvider& provider) {
    return {.url = provider.url(),
            .secret = secrets_.seal(Secret("a secret of the former one"),
                                    settings_secret_name(MemoryPayouts::kMerchant, "payouts"))};
  }

  ScriptedProvider present_{
      [](const auto& request) { return request.is_order() ? settled(request) : json_answer(404); }};
};

TEST_F(MovedPayoutTest, WhatTheFormerProviderHasPaidIsNotOrderedFromThePresentOne) {
  ScriptedProvider former(settled);
  store_.put(MemoryPayouts::order(1, PayoutAction::kAskThenExecute), address_of(former));
  start(present_.url());
  quiet();
  EXPECT_THAT(former.lines(), ElementsAre(kQuestion));
  EXPECT_THAT(present_.lines(), IsEmpty());
  EXPECT_EQ(result<returns::PayoutSucceeded>().external_id, "re_1");
}

TEST_F(MovedPayoutTest, IsSignedForTheFormerProviderWithItsOwnSecret) {
  ScriptedProvider former(settled);
  store_.put(MemoryPayouts::order(1, PayoutAction::kAskThenExecute), address_of(former));
  start(present_.url());
  quiet();
  const ScriptedProvider::Request request = former.requests().at(0);
  EXPECT_TRUE(verify_standard_signature(Secret("a secret of the former one"),
                                        {.id = "ret_1/1/pay",
                                         .timestamp = request.header("webhook-timestamp"),
                                         .signature = request.header("webhook-signature"),
                                         .body = request.body,
                                         .now_seconds = kStart.time_since_epoch().count() / 1000}));
}

TEST_F(MovedPayoutTest, WhatTheFormerProviderDoesNotKnowIsOrderedFromThePresentOne) {
  ScriptedProvider former([](const auto&) { return json_answer(404); });
  store_.put(MemoryPayouts::order(1, PayoutAction::kAskThenExecute), address_of(former));
  start(present_.url());
  quiet();
  EXPECT_THAT(former.lines(), ElementsAre(kQuestion));
  EXPECT_THAT(present_.lines(), ElementsAre(kQuestion, kOrder));
  EXPECT_TRUE(store_.reports().at(0).moves_to_present_provider);
  EXPECT_EQ(result<returns::PayoutSucceeded>(1).payout_id, "pay");
}

TEST_F(MovedPayoutTest, IsHeldBackWhileTheFormerProviderDoesNotSay) {
  ScriptedProvider former([](const auto&) { return json_answer(503); });
  store_.put(MemoryPayouts::order(1, PayoutAction::kAskThenExecute), address_of(former));
  start(present_.url());
  quiet();
  while (next_due()) {
    step();
  }
  EXPECT_EQ(former.requests().size(), 5U);
  EXPECT_THAT(present_.lines(), IsEmpty());
  EXPECT_EQ(result<returns::PayoutFailed>(4).outcome, PayoutOutcome::kUnknown);
}

TEST_F(MovedPayoutTest, GoesToThePresentProviderAtOnceWhenItNeverWentOut) {
  ScriptedProvider former(settled);
  store_.put(MemoryPayouts::order(1), address_of(former));
  start(present_.url());
  quiet();
  EXPECT_THAT(former.lines(), IsEmpty());
  EXPECT_THAT(present_.lines(), ElementsAre(kOrder));
}

TEST_F(MovedPayoutTest, IsCheckedAfterTheCloseWhereItWasOrdered) {
  ScriptedProvider former(settled);
  store_.put(MemoryPayouts::order(1, PayoutAction::kAsk), address_of(former));
  start(present_.url());
  quiet();
  EXPECT_THAT(former.lines(), ElementsAre(kQuestion));
  EXPECT_THAT(present_.lines(), IsEmpty());
  EXPECT_EQ(result<returns::CheckAfterClose>().payouts.at(0).verdict,
            returns::PayoutVerdict::kSettled);
}

TEST_F(MovedPayoutTest, ARotatedSecretIsNoMove) {
  store_.put(MemoryPayouts::order(1), address_of(present_));
  start(present_.url());
  quiet();
  EXPECT_THAT(present_.lines(), ElementsAre(kOrder));
  EXPECT_EQ(store_.reports().size(), 1U);
}

TEST_F(PayoutRunnerTest, NothingIsOrderedAgainWhileItIsUnderWay) {
  Gate gate;
  ScriptedProvider provider([&](const auto& request) {
    gate.wait();
    return settled(request);
  });
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  ASSERT_TRUE(wait([&] { return provider.orders() == 1; }));
  for (std::int64_t other = 2; other <= 6; ++other) {
    close(other);  // Each has the store read, where the first one still stands.
    runner_->kick();
    ASSERT_TRUE(wait([&] { return provider.orders() == static_cast<std::size_t>(other); }));
  }
  std::this_thread::sleep_for(milliseconds{250});  // Of ticks.
  gate.open();
  quiet();
  EXPECT_EQ(provider.orders(), 6U);
  EXPECT_EQ(store_.reports().size(), 6U);
}

TEST_F(PayoutRunnerTest, WhatWasReadBeforeAnOutcomeWasWrittenDoesNotGoOutAgain) {
  Gate answered;
  ScriptedProvider provider([&](const auto& request) {
    if (request.header("Idempotency-Key") == "ret_1/1/pay") answered.wait();
    return settled(request);
  });
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  ASSERT_TRUE(wait([&] { return provider.orders() == 1; }));
  // A load that has read the first order is held back until that order has been settled.
  Gate has_read;
  Gate may_go_on;
  store_.after_load([&] {
    has_read.open();
    may_go_on.wait();
  });
  close(2);
  has_read.wait();
  store_.after_load({});
  answered.open();
  ASSERT_TRUE(wait([&] { return store_.reports().size() == 1; }));
  std::this_thread::sleep_for(milliseconds{50});  // For the answer to reach the runner.
  may_go_on.open();
  quiet();
  EXPECT_THAT(provider.lines(), ElementsAre(kOrder, kOrder));
  EXPECT_EQ(provider.requests().at(1).header("Idempotency-Key"), "ret_2/1/pay");
  EXPECT_THAT(store_.orders(), IsEmpty());
}

TEST_F(PayoutRunnerTest, NoMoreThanAllowedAreUnderWayAndAllTheOthersFollow) {
  ScriptedProvider provider([](const auto& request) {
    std::this_thread::sleep_for(milliseconds{5});
    return settled(request);
  });
  for (std::int64_t id = 1; id <= 20; ++id) {
    store_.put(MemoryPayouts::order(id));
  }
  start(provider.url(), {.in_flight_max = 3});
  quiet();
  EXPECT_EQ(provider.orders(), 20U);
  EXPECT_LE(provider.most_at_once(), 3U);
  EXPECT_EQ(store_.reports().size(), 20U);
}

TEST_F(PayoutRunnerTest, StoppingCutsOffWhatDoesNotAnswerAndReportsNothing) {
  ScriptedProvider provider([](const auto&) { return std::string(); });
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  ASSERT_TRUE(wait([&] { return provider.orders() == 1; }));
  const Monotonic began = monotonic_now();
  stop(milliseconds{0});
  EXPECT_LT(monotonic_now() - began, seconds{10});
  EXPECT_THAT(store_.reports(), IsEmpty());
  EXPECT_EQ(store_.orders().size(), 1U);
}

TEST_F(PayoutRunnerTest, StoppingLetsWhatIsUnderWayEndWithinTheGrace) {
  ScriptedProvider provider([](const auto& request) {
    std::this_thread::sleep_for(milliseconds{100});
    return settled(request);
  });
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  ASSERT_TRUE(wait([&] { return provider.orders() == 1; }));
  stop(seconds{20});
  EXPECT_EQ(store_.reports().size(), 1U);
}

TEST_F(PayoutRunnerTest, StoppingCutsOffALookUpWithoutAReport) {
  const auto gate = std::make_shared<Gate>();  // Waited for on a thread that outlives this test.
  store_.put(MemoryPayouts::order(1));
  egress_.allow_hosts = {"pay.example"};
  std::atomic<bool> asked = false;
  start("http://pay.example/payouts",
        {.resolver_source = [&asked, gate](const std::string&) -> Result<Resolver::Addresses> {
          asked = true;
          gate->wait();
          return Resolver::Addresses{*IpAddress::parse("127.0.0.1")};
        }});
  ASSERT_TRUE(wait([&] { return asked.load(); }));
  stop(milliseconds{0});
  EXPECT_THAT(store_.reports(), IsEmpty());
  gate->open();
}

TEST_F(PayoutRunnerTest, WhenNobodyCanBeReachedThePayoutIsCertainlyNotMade) {
  std::string url;
  {
    ScriptedProvider gone(settled);
    url = gone.url();
  }
  store_.put(MemoryPayouts::order(1));
  start(url);
  quiet();
  for (int more = 0; more < 4; ++more)
    step();
  const auto failed = result<returns::PayoutFailed>(4);
  EXPECT_EQ(failed.outcome, PayoutOutcome::kRefused);
  EXPECT_EQ(failed.error.code, "connect_refused");
}

TEST_F(PayoutRunnerTest, OneRequestThatMayHaveArrivedMakesTheOutcomeUnknown) {
  std::string url;
  {
    ScriptedProvider provider(not_known_and_out_of_order);
    url = provider.url();
    store_.put(MemoryPayouts::order(1));
    start(url);
    quiet();
  }
  for (int more = 0; more < 4; ++more)
    step();
  const auto failed = result<returns::PayoutFailed>(4);
  EXPECT_EQ(failed.outcome, PayoutOutcome::kUnknown);
  EXPECT_EQ(failed.error.code, "connect_refused");
}

TEST_F(PayoutRunnerTest, AnAddressThatThePolicyRefusesIsNotConnectedTo) {
  ScriptedProvider provider(settled);
  egress_ = {};
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  quiet();
  EXPECT_THAT(provider.requests(), IsEmpty());
  EXPECT_EQ(store_.reports().at(0).ask_again_at, kStart + seconds{5});
}

TEST_F(PayoutRunnerTest, WithoutItsSecretNothingIsSent) {
  ScriptedProvider provider(settled);
  store_.put(MemoryPayouts::order(1));
  store_.set_provider(provider.url(), secrets_.seal(Secret(kSecret), "settings/9/payouts"));
  start_with({});
  quiet();
  EXPECT_THAT(provider.requests(), IsEmpty());
  EXPECT_EQ(store_.reports().at(0).ask_again_at, kStart + seconds{5});
}

TEST_F(PayoutRunnerTest, WithoutAProviderANewOrderIsRefused) {
  store_.put(MemoryPayouts::order(1));
  start({});
  quiet();
  const auto failed = result<returns::PayoutFailed>();
  EXPECT_EQ(failed.outcome, PayoutOutcome::kRefused);
  EXPECT_EQ(failed.error.code, "no_provider");
}

TEST_F(PayoutRunnerTest, WithoutAProviderAnOrderThatWasTriedIsOfUnknownOutcome) {
  store_.put(MemoryPayouts::order(1, PayoutAction::kExecute, 2));
  start({});
  quiet();
  EXPECT_EQ(result<returns::PayoutFailed>().outcome, PayoutOutcome::kUnknown);
}

TEST_F(PayoutRunnerTest, TheCheckAfterACloseAsksOnly) {
  ScriptedProvider provider(settled);
  store_.put(MemoryPayouts::order(1, PayoutAction::kAsk));
  start(provider.url());
  quiet();
  EXPECT_THAT(provider.lines(), ElementsAre(kQuestion));
  EXPECT_EQ(result<returns::CheckAfterClose>().payouts.at(0).verdict,
            returns::PayoutVerdict::kSettled);
}

TEST_F(PayoutRunnerTest, TheCheckAfterACloseNeverOrdersWhatTheProviderDoesNotKnow) {
  ScriptedProvider provider([](const auto&) { return json_answer(404); });
  store_.put(MemoryPayouts::order(1, PayoutAction::kAsk));
  start(provider.url());
  quiet();
  EXPECT_THAT(provider.lines(), ElementsAre(kQuestion));
  EXPECT_EQ(result<returns::CheckAfterClose>().payouts.at(0).error->code, "unknown_payout");
}

TEST_F(PayoutRunnerTest, TheCheckAfterACloseIsDroppedWithoutAnAnswer) {
  ScriptedProvider provider([](const auto&) { return json_answer(500); });
  store_.put(MemoryPayouts::order(1, PayoutAction::kAsk));
  start(provider.url());
  quiet();
  EXPECT_EQ(store_.reports().at(0).result, std::nullopt);
  EXPECT_THAT(store_.orders(), IsEmpty());
}

TEST_F(PayoutRunnerTest, AReportThatWasNotTakenIsSubmittedAgainAndThePayoutIsNotOrderedAgain) {
  ScriptedProvider provider(settled);
  store_.put(MemoryPayouts::order(1));
  store_.refuse_reports(2);
  start(provider.url());
  quiet();
  EXPECT_EQ(provider.orders(), 1U);
  EXPECT_EQ(store_.reports().size(), 1U);
}

TEST_F(PayoutRunnerTest, AStoreThatCannotBeReadIsAskedAgain) {
  ScriptedProvider provider(settled);
  store_.put(MemoryPayouts::order(1));
  store_.fail_loads(1);
  start(provider.url());
  EXPECT_TRUE(wait([&] { return store_.reports().size() == 1; }));
}

TEST_F(PayoutRunnerTest, WhatIsUnderWayIsNotPlanned) {
  Gate gate;
  ScriptedProvider provider([&](const auto& request) {
    gate.wait();
    return settled(request);
  });
  store_.put(MemoryPayouts::order(1));
  PayoutOrder later = MemoryPayouts::order(2);
  later.next_attempt_at = kStart + seconds{30};
  store_.put(later);
  start(provider.url());
  ASSERT_TRUE(wait([&] { return provider.orders() == 1; }));
  EXPECT_EQ(next_due(), kStart + seconds{30});
  gate.open();
}

TEST_F(PayoutRunnerTest, OutcomesAreCounted) {
  ScriptedProvider provider(settled);
  store_.put(MemoryPayouts::order(1));
  start(provider.url());
  quiet();
  EXPECT_NE(metrics_.render().find(R"(returnflows_payouts_total{outcome="succeeded"} 1)"),
            std::string::npos);
}

TEST_F(PayoutRunnerTest, CanBeStoppedTwiceAndWithoutAStart) {
  ScriptedProvider provider(settled);
  start(provider.url());
  stop();
  stop();
  PayoutRunner idle({.shard = shards_.at(0),
                     .orders = store_,
                     .settings = store_,
                     .secrets = secrets_,
                     .clock = clock_,
                     .egress = egress_,
                     .tls = *tls_,
                     .storage_pool = storage_pool_,
                     .resolver_pool = resolver_pool_,
                     .metrics = metrics_},
                    {});
  idle.stop(seconds{1});
  EXPECT_THAT(provider.requests(), IsEmpty());
}

}  // namespace
}  // namespace returnflows

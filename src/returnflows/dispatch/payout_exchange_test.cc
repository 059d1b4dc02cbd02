#include "returnflows/dispatch/payout_exchange.h"

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "returnflows/dispatch/memory_payouts.h"
#include "returnflows/dispatch/scripted_provider.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/runtime/task_group.h"

namespace returnflows {
namespace {

using returns::PayoutAction;
using testing::ElementsAre;
using Kind = PayoutAnswer::Kind;

const std::string kOrder = "POST /payouts";
const std::string kQuestion = "GET /payouts/ret_1/1/pay";

class PayoutExchangeTest : public testing::Test {
 protected:
  void TearDown() override {
    pool_.join();
    shard_.stop();
  }

  // To be called once.
  std::optional<PayoutAnswer> run(const std::string& url, const PayoutOrder& order) {
    due_ = {.order = order, .payout_json = "{}", .snapshot_json = "{}"};
    exchange_.emplace(surroundings_,
                      PayoutProvider{.url = std::make_shared<const EndpointUrl>(
                                         *parse_endpoint_url(url, egress_)),
                                     .signer = *Signer::make(Secret("a secret of mine"))});
    shard_.start();
    shard_.post([this] { tasks_.spawn(shard_.executor(), "exchange", await_answer()); });
    return answer_.get_future().get();
  }

  // On the shard's thread; returns when it has happened.
  void stop_exchange() {
    std::promise<void> stopped;
    shard_.post([&] {
      exchange_->stop();
      stopped.set_value();
    });
    stopped.get_future().wait();
  }

  Task<void> await_answer() {
    std::optional<PayoutAnswer> answer = co_await exchange_->run(&due_);
    answer_.set_value(std::move(answer));
  }

  ManualClock clock_{Timestamp{}};
  EgressPolicy egress_{.allow = {*IpRange::parse("127.0.0.0/8")}};
  BlockingPool pool_{1};
  Shard shard_{0};
  Resolver resolver_{pool_, shard_, machine_addresses};
  std::shared_ptr<asio::ssl::context> tls_ = *make_tls_context(std::nullopt);
  PayoutExchange::Surroundings surroundings_{.executor = shard_.executor(),
                                             .resolver = resolver_,
                                             .egress = egress_,
                                             .tls = *tls_,
                                             .clock = clock_,
                                             .user_agent = "Returnflows/test",
                                             .request_timeout = std::chrono::seconds{30}};
  DuePayout due_;
  std::optional<PayoutExchange> exchange_;
  std::promise<std::optional<PayoutAnswer>> answer_;
  TaskGroup tasks_;
};

TEST_F(PayoutExchangeTest, TheFirstTryIsOneOrder) {
  ScriptedProvider provider([](const auto&) { return json_answer(200); });
  const auto answer = run(provider.url(), MemoryPayouts::order(1));
  EXPECT_EQ(answer->kind, Kind::kSettled);
  EXPECT_THAT(provider.lines(), ElementsAre(kOrder));
}

TEST_F(PayoutExchangeTest, ALaterTryAsksFirst) {
  ScriptedProvider provider(
      [](const auto& request) { return json_answer(request.is_order() ? 200 : 404); });
  const auto answer = run(provider.url(), MemoryPayouts::order(1, PayoutAction::kExecute, 1));
  EXPECT_EQ(answer->kind, Kind::kSettled);
  EXPECT_THAT(provider.lines(), ElementsAre(kQuestion, kOrder));
}

TEST_F(PayoutExchangeTest, AQuestionAloneIsNoOrderThatMayHaveArrived) {
  ScriptedProvider provider([](const auto&) { return json_answer(500); });
  const auto answer = run(provider.url(), MemoryPayouts::order(1, PayoutAction::kExecute, 1));
  EXPECT_EQ(answer->kind, Kind::kNothing);
  EXPECT_FALSE(answer->may_have_arrived);
}

TEST_F(PayoutExchangeTest, AnOrderWhoseConnectionBreaksIsNotSentAgain) {
  std::atomic<int> connections = 0;
  std::atomic<int> orders = 0;
  LoopbackReceiver receiver([&](ReceiverPeer& peer, std::size_t) {
    ++connections;
    if (peer.read_request()) ++orders;
    peer.reset();
  });
  const auto answer =
      run("http://127.0.0.1:" + std::to_string(receiver.port()), MemoryPayouts::order(1));
  EXPECT_EQ(answer->kind, Kind::kNothing);
  EXPECT_TRUE(answer->may_have_arrived);
  EXPECT_EQ(connections, 1);
  EXPECT_EQ(orders, 1);
}

TEST_F(PayoutExchangeTest, OnceStoppedItOrdersNothingWhateverTheAnswerIs) {
  ScriptedProvider provider([this](const auto&) {
    stop_exchange();
    return json_answer(404);
  });
  const auto answer = run(provider.url(), MemoryPayouts::order(1, PayoutAction::kAskThenExecute));
  EXPECT_FALSE(answer);
  EXPECT_THAT(provider.lines(), ElementsAre(kQuestion));
}

}  // namespace
}  // namespace returnflows

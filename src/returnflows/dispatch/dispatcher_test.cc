#include "returnflows/dispatch/dispatcher.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/dispatch/loopback_receiver.h"
#include "returnflows/dispatch/memory_store.h"

namespace returnflows {
namespace {

using std::chrono::seconds;

std::string header_of(const std::string& head, const std::string& name) {
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t from = at + name.size() + 4;
  return head.substr(from, head.find("\r\n", from) - from);
}

// Everything from the journal to the sockets, over a store in memory.
class DispatcherTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = Dispatcher::make({.shards = shards_,
                                  .catalog = store_,
                                  .ids = ids_,
                                  .secrets = secrets_,
                                  .clock = clock_,
                                  .random = random_,
                                  .egress = {.allow = {*IpRange::parse("127.0.0.0/8")}},
                                  .pool = pool_,
                                  .metrics = metrics_},
                                 {});
    ASSERT_TRUE(made);
    dispatcher_ = std::move(*made);
    journal_ = std::make_unique<Journal>(Journal::Parts{.transitions = store_,
                                                        .queue = store_,
                                                        .clock = clock_,
                                                        .observers = {dispatcher_.get()},
                                                        .on_fatal = {}});
  }

  void TearDown() override {
    stop();
    pool_.join();
    shards_.stop();
    dispatcher_.reset();
  }

  void start() {
    shards_.start();
    journal_->start();
    dispatcher_->start(*journal_);
  }

  void stop(std::chrono::milliseconds grace = seconds{10}) {
    dispatcher_->stop(grace);
    journal_->stop();
  }

  void add_endpoint(std::int64_t id, std::uint16_t port) {
    Endpoint endpoint;
    endpoint.id = {id};
    endpoint.url = "http://127.0.0.1:" + std::to_string(port) + "/hook";
    endpoint.secret = secrets_.seal(Secret("a secret of mine"), EndpointId{id});
    store_.put_endpoint(std::move(endpoint));
  }

  template <class Transition>
  void commit(Transition transition) {
    std::promise<bool> accepted;
    journal_->submit(std::move(transition),
                     shards_.at(0),
                     [&](const Result<typename Transition::Outcome>& answer) {
                       accepted.set_value(answer.has_value());
                     });
    ASSERT_TRUE(accepted.get_future().get());
  }

  void accept(const std::vector<std::string>& return_ids) {
    AcceptEvents accept;
    for (const std::string& return_id : return_ids) {
      AcceptEvents::Item item;
      item.event.return_id = return_id;
      item.event.data_json = R"({"return":")" + return_id + "\"}";
      accept.items.push_back(std::move(item));
    }
    commit(std::move(accept));
  }

  static bool wait(const std::function<bool()>& done) {
    const auto give_up = monotonic_now() + seconds{20};
    while (!done()) {
      if (monotonic_now() > give_up) return false;
      std::this_thread::yield();
    }
    return true;
  }

  bool wait_for(DeliveryState state, std::size_t count) {
    return wait([&] { return store_.count(state) == count; });
  }

  std::optional<Timestamp> next_due() {
    std::promise<std::optional<Timestamp>> answer;
    dispatcher_->next_due(shards_.at(0),
                          [&](std::optional<Timestamp> due) { answer.set_value(due); });
    return answer.get_future().get();
  }

  void quiet() {
    std::promise<void> done;
    dispatcher_->settled_quiet(shards_.at(1), [&] { done.set_value(); });
    done.get_future().get();
  }

  TestClock clock_;
  SystemRandom random_;
  IdCodec ids_{{1, 2}};
  SecretBox secrets_{{}, random_};
  Metrics metrics_;
  MemoryStore store_;
  BlockingPool pool_{1};
  ShardSet shards_{2};
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Journal> journal_;
};

TEST_F(DispatcherTest, DeliversEveryEventOnceAndEachReturnInOrder) {
  std::mutex mutex;
  std::map<std::string, std::vector<std::string>> seen;  // By endpoint and body.
  const auto note = [&](const std::string& endpoint) {
    return [&, endpoint](ReceiverPeer& peer, std::size_t) {
      while (const auto request = peer.read_request()) {
        {
          const std::scoped_lock lock(mutex);
          seen[endpoint + request->body].push_back(header_of(request->head, "webhook-id"));
        }
        if (!peer.write(kOkAnswer)) return;
      }
    };
  };
  LoopbackReceiver one(note("one"));
  LoopbackReceiver two(note("two"));
  add_endpoint(1, one.port());
  add_endpoint(2, two.port());
  start();
  for (int round = 0; round < 20; ++round) {
    accept({"r1", "r2", "r3", "r4", "r5"});
  }
  ASSERT_TRUE(wait_for(DeliveryState::kDelivered, 200));
  EXPECT_EQ(seen.size(), 10U);
  for (const auto& [key, ids] : seen) {
    ASSERT_EQ(ids.size(), 20U) << key;
    std::vector<int> numbers;
    for (const std::string& id : ids) {
      numbers.push_back(std::stoi(id.substr(4)));
    }
    EXPECT_TRUE(std::ranges::is_sorted(numbers)) << key;
  }
  EXPECT_LE(one.connection_count(), 5U);
}

TEST_F(DispatcherTest, BeginsWithWhatTheStoreHolds) {
  LoopbackReceiver receiver(always(std::string(kOkAnswer)));
  add_endpoint(1, receiver.port());
  for (int i = 0; i < 300; ++i) {
    store_.put_delivery({1}, DeliveryState::kReady, clock_.now());
  }
  start();
  accept({"r1"});
  EXPECT_TRUE(wait_for(DeliveryState::kDelivered, 301));
  for (const MemoryStore::Row& row : store_.rows()) {
    EXPECT_EQ(row.attempts.size(), 1U);
  }
}

TEST_F(DispatcherTest, CancelsWhatAnEndpointThatIsGoneWasOwed) {
  store_.put_delivery({5}, DeliveryState::kReady, clock_.now());
  start();
  EXPECT_TRUE(wait_for(DeliveryState::kCanceled, 1));
}

TEST_F(DispatcherTest, ADeadEndpointDoesNotHoldBackAHealthyOne) {
  LoopbackReceiver silent([](ReceiverPeer& peer, std::size_t) { peer.wait_for_end(); });
  LoopbackReceiver healthy(always(std::string(kOkAnswer)));
  add_endpoint(1, silent.port());
  add_endpoint(2, healthy.port());
  start();
  std::vector<std::string> returns;
  for (int i = 0; i < 500; ++i) {
    returns.push_back("r" + std::to_string(i));
  }
  accept(returns);
  EXPECT_TRUE(wait_for(DeliveryState::kDelivered, 500));
  EXPECT_LE(dispatcher_->statistics().in_flight, limits::kInFlightPerEndpointMax);
  stop(std::chrono::milliseconds{0});
  EXPECT_EQ(store_.count(DeliveryState::kReady), 500U) << "cut off, so not settled";
}

TEST_F(DispatcherTest, TheTestClockBringsRetriesForward) {
  std::atomic<int> requests{0};
  LoopbackReceiver receiver([&](ReceiverPeer& peer, std::size_t) {
    while (peer.read_request()) {
      const bool fine = ++requests == 4;
      if (!peer.write(fine ? kOkAnswer : "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")) {
        return;
      }
    }
  });
  add_endpoint(1, receiver.port());
  start();
  const Timestamp began = clock_.now();
  accept({"r1"});
  quiet();
  for (int step = 0; step < 50 && store_.count(DeliveryState::kDelivered) == 0; ++step) {
    const std::optional<Timestamp> due = next_due();
    ASSERT_TRUE(due);
    clock_.advance_to(*due);
    dispatcher_->kick();
    quiet();
  }
  EXPECT_EQ(requests, 4);
  EXPECT_EQ(store_.count(DeliveryState::kDelivered), 1U);
  EXPECT_GE(clock_.now() - began, seconds{4 + 24 + 96}) << "5 s, 30 s, 2 min, less 20 %";
}

TEST_F(DispatcherTest, QuietMeansThatEveryOutcomeIsDurable) {
  LoopbackReceiver receiver(always(std::string(kOkAnswer)));
  add_endpoint(1, receiver.port());
  start();
  for (int round = 1; round <= 20; ++round) {
    accept({"r1", "r1", "r2"});
    quiet();
    ASSERT_EQ(store_.count(DeliveryState::kDelivered), static_cast<std::size_t>(3 * round));
  }
  EXPECT_EQ(next_due(), std::nullopt);
}

TEST_F(DispatcherTest, StoppingWaitsForRequestsUnderWay) {
  std::promise<void> arrived;
  std::promise<void> release;
  LoopbackReceiver receiver([&](ReceiverPeer& peer, std::size_t) {
    peer.read_request();
    arrived.set_value();
    release.get_future().get();
    peer.write(kOkAnswer);
    peer.wait_for_end();
  });
  add_endpoint(1, receiver.port());
  start();
  accept({"r1"});
  arrived.get_future().get();
  std::thread stopping([&] { stop(); });
  release.set_value();
  stopping.join();
  EXPECT_EQ(store_.count(DeliveryState::kDelivered), 1U);
}

TEST_F(DispatcherTest, StopsTwiceAndBeforeItStarted) {
  dispatcher_->stop(seconds{1});
  start();
  dispatcher_->stop(seconds{1});
  dispatcher_->stop(seconds{1});
}

TEST_F(DispatcherTest, PausingAndResumingLosesNothingAndSendsNothingTwice) {
  LoopbackReceiver receiver(always(std::string(kOkAnswer)));
  add_endpoint(1, receiver.port());
  start();
  std::size_t count = 0;
  for (int round = 0; round < 30; ++round) {
    std::vector<std::string> returns;
    for (int i = 0; i < 100; ++i) {
      returns.push_back("r" + std::to_string(++count));
    }
    accept(returns);
    Endpoint next = *store_.find({1});
    ++next.version;
    next.state = round % 2 == 0 ? EndpointState::kPaused : EndpointState::kActive;
    commit(UpdateEndpoint{.endpoint = std::move(next)});
  }
  EXPECT_TRUE(wait_for(DeliveryState::kDelivered, count));
  for (const MemoryStore::Row& row : store_.rows()) {
    ASSERT_EQ(row.attempts.size(), 1U);
  }
}

}  // namespace
}  // namespace returnflows

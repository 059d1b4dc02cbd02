#include "returnflows/dispatch/http_sender.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "returnflows/base/limits.h"
#include "returnflows/dispatch/loopback_receiver.h"
#include "returnflows/runtime/shard.h"

namespace returnflows {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A sender on a shard of its own, and the outcomes that it reported.
class HttpSenderTest : public testing::Test, public SendListener {
 protected:
  void SetUp() override {
    resolver_ = std::make_unique<Resolver>(
        pool_, shard_, [this](const std::string& host) { return names_.at(host); });
    sender_ = std::make_unique<HttpSender>(
        HttpSender::Parts{
            .executor = shard_.executor(), .resolver = *resolver_, .egress = egress_, .tls = *tls_},
        *this);
    shard_.every(milliseconds{5}, [this] {
      resolver_->sweep(monotonic_now());
      sender_->sweep(monotonic_now() + time_ahead_.load());
    });
    shard_.start();
  }

  void TearDown() override {
    on_shard([this] {
      resolver_->abandon();
      sender_->abort();
    });
    wait([this] { return on_shard_get([this] { return sender_->is_quiet(); }); });
    pool_.join();
    shard_.stop();
    sender_.reset();
  }

  void on_shard(const std::function<void()>& run) {
    std::promise<void> done;
    shard_.post([&] {
      run();
      done.set_value();
    });
    done.get_future().get();
  }

  bool on_shard_get(const std::function<bool()>& ask) {
    bool answer = false;
    on_shard([&] { answer = ask(); });
    return answer;
  }

  // Polls, at most ten seconds.
  static void wait(const std::function<bool()>& done) {
    const auto give_up = monotonic_now() + seconds{10};
    while (!done()) {
      ASSERT_LT(monotonic_now(), give_up);
      std::this_thread::yield();
    }
  }

  void point_at(std::uint16_t port, const std::string& host = "127.0.0.1") {
    auto url = std::make_shared<EndpointUrl>();
    url->scheme = EndpointUrl::Scheme::kHttp;
    url->host = host;
    url->host_is_address = host == "127.0.0.1";
    url->port = port;
    url->target = "/hook";
    url->host_header = host;
    on_shard([this, url] { sender_->point_at(url); });
  }

  void send(std::int64_t id, milliseconds timeout = seconds{10}, std::string body = "{}") {
    std::string bytes =
        "POST /hook HTTP/1.1\r\nHost: x\r\ncontent-length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    on_shard([&] {
      sender_->send({.delivery = {id},
                     .attempt_number = 1,
                     .started_at = {},
                     .bytes = std::move(bytes),
                     .deadline = monotonic_now() + timeout});
    });
  }

  Attempt outcome(std::int64_t id) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, seconds{10}, [&] { return outcomes_.contains(id); });
    if (!came) {
      ADD_FAILURE() << "no outcome of " << id;
      return {};
    }
    return outcomes_.at(id);
  }

  Attempt exchange(std::int64_t id, milliseconds timeout = seconds{10}) {
    send(id, timeout);
    return outcome(id);
  }

  std::size_t connections() {
    std::size_t count = 0;
    on_shard([&] { count = sender_->connection_count(); });
    return count;
  }

  void request_finished(DeliveryId delivery, Attempt attempt, std::string) override {
    const std::scoped_lock lock(mutex_);
    ++reports_;
    outcomes_[delivery.value] = std::move(attempt);
    changed_.notify_all();
  }

  void request_abandoned(DeliveryId) override {
    const std::scoped_lock lock(mutex_);
    ++abandoned_;
    changed_.notify_all();
  }

  BlockingPool pool_{1};
  Shard shard_{0};
  EgressPolicy egress_{.allow = {*IpRange::parse("127.0.0.0/8")}};
  std::shared_ptr<asio::ssl::context> tls_ = *make_tls_context(std::nullopt);
  std::map<std::string, Result<Resolver::Addresses>> names_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<HttpSender> sender_;
  std::atomic<std::chrono::seconds> time_ahead_{seconds{0}};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, Attempt> outcomes_;
  int reports_ = 0;
  int abandoned_ = 0;
};

TEST_F(HttpSenderTest, ReportsTheAnswer) {
  LoopbackReceiver receiver(
      always("HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nX-Y: z\r\nContent-Length: 4\r\n\r\nwait"));
  point_at(receiver.port());
  const Attempt attempt = exchange(1);
  EXPECT_EQ(attempt.result, AttemptResult::kAnswered);
  EXPECT_EQ(attempt.status, 503);
  EXPECT_EQ(attempt.answer_body, "wait");
  EXPECT_EQ(attempt.answer_headers, "Retry-After: 9\r\nX-Y: z\r\nContent-Length: 4");
  EXPECT_EQ(attempt.retry_after, "9");
  EXPECT_EQ(attempt.remote_address, "127.0.0.1:" + std::to_string(receiver.port()));
  EXPECT_TRUE(attempt.timings.connect);
  EXPECT_TRUE(attempt.timings.first_byte);
  EXPECT_FALSE(attempt.timings.dns);
  EXPECT_FALSE(attempt.timings.tls);
  EXPECT_GE(attempt.timings.total, *attempt.timings.first_byte);
}

TEST_F(HttpSenderTest, KeepsItsConnectionForTheNextRequest) {
  LoopbackReceiver receiver(always(std::string(kOkAnswer)));
  point_at(receiver.port());
  for (std::int64_t id = 1; id <= 20; ++id) {
    const Attempt attempt = exchange(id);
    EXPECT_EQ(attempt.status, 200);
    EXPECT_EQ(attempt.timings.connect.has_value(), id == 1);
  }
  EXPECT_EQ(receiver.connection_count(), 1U);
}

TEST_F(HttpSenderTest, ConnectsAnewAfterConnectionClose) {
  LoopbackReceiver receiver(
      always("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
  point_at(receiver.port());
  EXPECT_EQ(exchange(1).status, 200);
  EXPECT_EQ(exchange(2).status, 200);
  EXPECT_EQ(receiver.connection_count(), 2U);
}

TEST_F(HttpSenderTest, ReadsAnAnswerThatEndsWithItsConnection) {
  LoopbackReceiver receiver([](ReceiverPeer& peer, std::size_t) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\n\r\nuntil the end");
  });
  point_at(receiver.port());
  const Attempt attempt = exchange(1);
  EXPECT_EQ(attempt.result, AttemptResult::kAnswered);
  EXPECT_EQ(attempt.answer_body, "until the end");
}

TEST_F(HttpSenderTest, SendsOnceMoreWhenAKeptConnectionTurnsOutToBeDead) {
  LoopbackReceiver receiver([](ReceiverPeer& peer, std::size_t) {
    if (!peer.read_request()) return;
    peer.write(kOkAnswer);  // And closes without a word.
  });
  point_at(receiver.port());
  EXPECT_EQ(exchange(1).status, 200);
  const Attempt second = exchange(2);
  EXPECT_EQ(second.result, AttemptResult::kAnswered);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(receiver.connection_count(), 2U);
  EXPECT_EQ(reports_, 2);
}

TEST_F(HttpSenderTest, DoesNotSendAgainWhenAFreshConnectionBreaks) {
  std::atomic<int> requests{0};
  LoopbackReceiver receiver([&](ReceiverPeer& peer, std::size_t) {
    if (peer.read_request()) ++requests;
    peer.reset();
  });
  point_at(receiver.port());
  const Attempt attempt = exchange(1);
  EXPECT_EQ(attempt.result, AttemptResult::kReset);
  EXPECT_FALSE(attempt.error_detail.empty());
  EXPECT_EQ(requests, 1);
}

TEST_F(HttpSenderTest, DoesNotSendAgainWhenTheAnswerHasBegun) {
  std::atomic<int> requests{0};
  LoopbackReceiver receiver([&](ReceiverPeer& peer, std::size_t) {
    while (peer.read_request()) {
      if (++requests == 1) {
        peer.write(kOkAnswer);
      } else {
        peer.write("HTTP/1.1 200 OK\r\nContent-Le");
        peer.reset();
        return;
      }
    }
  });
  point_at(receiver.port());
  EXPECT_EQ(exchange(1).status, 200);
  const Attempt attempt = exchange(2);
  EXPECT_EQ(attempt.result, AttemptResult::kReset);
  EXPECT_EQ(attempt.status, 0);
  EXPECT_EQ(requests, 2);
}

TEST_F(HttpSenderTest, AnAnswerCutShortIsNotAnAnswer) {
  LoopbackReceiver receiver([](ReceiverPeer& peer, std::size_t) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
  });
  point_at(receiver.port());
  EXPECT_EQ(exchange(1).result, AttemptResult::kReset);
}

TEST_F(HttpSenderTest, RefusesAnAnswerThatIsTooLarge) {
  LoopbackReceiver receiver([](ReceiverPeer& peer, std::size_t) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.write(std::string(8192, 'x'))) {
    }
  });
  point_at(receiver.port());
  const Attempt attempt = exchange(1);
  EXPECT_EQ(attempt.result, AttemptResult::kAnswerTooLarge);
  EXPECT_EQ(attempt.answer_body.size(), limits::kAnswerBodyBytesKept);
  EXPECT_TRUE(attempt.answer_body_cut);
}

TEST_F(HttpSenderTest, RefusesWhatIsNotHttp) {
  LoopbackReceiver receiver(always("220 mail.example ESMTP\r\n"));
  point_at(receiver.port());
  EXPECT_EQ(exchange(1).result, AttemptResult::kBadAnswer);
}

TEST_F(HttpSenderTest, ASlowDripDoesNotOutliveTheDeadline) {
  LoopbackReceiver receiver([](ReceiverPeer& peer, std::size_t) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n");
    // One byte for each that the other side's kernel takes; never the whole.
    for (int i = 0; i < 50'000 && peer.write("x"); ++i) {
      std::this_thread::yield();
    }
    peer.wait_for_end();
  });
  point_at(receiver.port());
  const Attempt attempt = exchange(1, milliseconds{100});
  EXPECT_EQ(attempt.result, AttemptResult::kTimedOut);
}

TEST_F(HttpSenderTest, TimesOutWhenNoAnswerComes) {
  LoopbackReceiver receiver([](ReceiverPeer& peer, std::size_t) { peer.wait_for_end(); });
  point_at(receiver.port());
  const Attempt attempt = exchange(1, milliseconds{60});
  EXPECT_EQ(attempt.result, AttemptResult::kTimedOut);
  EXPECT_GE(attempt.timings.total, milliseconds{60});
  EXPECT_EQ(attempt.error_detail, "no answer came in time");
}

TEST_F(HttpSenderTest, TimesOutInTheMiddleOfAnAnswer) {
  LoopbackReceiver receiver([](ReceiverPeer& peer, std::size_t) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    peer.wait_for_end();
  });
  point_at(receiver.port());
  const Attempt attempt = exchange(1, milliseconds{60});
  EXPECT_EQ(attempt.result, AttemptResult::kTimedOut);
  EXPECT_EQ(attempt.answer_body, "half");
  EXPECT_EQ(attempt.status, 0);
}

TEST_F(HttpSenderTest, SaysThatTheConnectionWasRefused) {
  std::uint16_t port = 0;
  {
    const LoopbackReceiver gone(always(std::string(kOkAnswer)));
    port = gone.port();
  }
  point_at(port);
  EXPECT_EQ(exchange(1).result, AttemptResult::kConnectRefused);
}

TEST_F(HttpSenderTest, TakesAnEarlyAnswerToARequestThatIsNotReadToItsEnd) {
  LoopbackReceiver receiver([](ReceiverPeer& peer, std::size_t) {
    peer.write("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    peer.wait_for_end();
  });
  point_at(receiver.port());
  send(1, seconds{10}, std::string(100'000, 'b'));
  EXPECT_EQ(outcome(1).status, 413);
}

TEST_F(HttpSenderTest, ManyRequestsGoSideBySideAndTheirConnectionsStay) {
  std::atomic<int> arrived{0};
  LoopbackReceiver receiver([&](ReceiverPeer& peer, std::size_t) {
    if (!peer.read_request()) return;
    ++arrived;
    while (arrived < 64) {
      std::this_thread::yield();
    }
    peer.write(kOkAnswer);
    always(std::string(kOkAnswer))(peer, 0);
  });
  point_at(receiver.port());
  for (std::int64_t id = 1; id <= 64; ++id) {
    send(id);
  }
  for (std::int64_t id = 1; id <= 64; ++id) {
    EXPECT_EQ(outcome(id).status, 200);
  }
  EXPECT_EQ(connections(), 64U);
  EXPECT_EQ(exchange(65).status, 200);
  EXPECT_EQ(receiver.connection_count(), 64U);
  // What the burst opened grows old.
  time_ahead_ = limits::kIdleSurplusMax + seconds{1};
  wait([this] { return connections() == limits::kIdleConnectionsKept; });
  time_ahead_ = limits::kIdleConnectionMax + seconds{1};
  wait([this] { return connections() == 0; });
}

TEST_F(HttpSenderTest, ClosesConnectionsToAnOriginThatIsNoLongerMeant) {
  LoopbackReceiver before(always(std::string(kOkAnswer)));
  LoopbackReceiver after(always("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"));
  point_at(before.port());
  EXPECT_EQ(exchange(1).status, 200);
  point_at(after.port());
  wait([this] { return connections() == 0; });
  EXPECT_EQ(exchange(2).status, 202);
}

TEST_F(HttpSenderTest, RefusesAnAddressThatThePolicyDoesNotAllow) {
  names_.emplace("inner.example", Resolver::Addresses{*IpAddress::parse("10.0.0.1")});
  point_at(80, "inner.example");
  const Attempt attempt = exchange(1);
  EXPECT_EQ(attempt.result, AttemptResult::kBlockedAddress);
  EXPECT_TRUE(attempt.timings.dns);
  EXPECT_TRUE(attempt.remote_address.empty());
}

TEST_F(HttpSenderTest, RefusesAHostWhenOneOfItsAddressesIsRefused) {
  LoopbackReceiver receiver(always(std::string(kOkAnswer)));
  names_.emplace(
      "mixed.example",
      Resolver::Addresses{*IpAddress::parse("127.0.0.1"), *IpAddress::parse("169.254.169.254")});
  point_at(receiver.port(), "mixed.example");
  EXPECT_EQ(exchange(1).result, AttemptResult::kBlockedAddress);
  EXPECT_EQ(receiver.connection_count(), 0U);
}

TEST_F(HttpSenderTest, LocalhostIsWhicheverOfItsAddressesIsAllowed) {
  LoopbackReceiver receiver(always(std::string(kOkAnswer)));
  names_.emplace("localhost",
                 Resolver::Addresses{*IpAddress::parse("::1"), *IpAddress::parse("127.0.0.1")});
  point_at(receiver.port(), "localhost");
  EXPECT_EQ(exchange(1).status, 200);
}

TEST_F(HttpSenderTest, TriesTheNextAddressWhenOneDoesNotAnswer) {
  LoopbackReceiver receiver(always(std::string(kOkAnswer)));
  names_.emplace(
      "two.example",
      Resolver::Addresses{*IpAddress::parse("127.0.0.2"), *IpAddress::parse("127.0.0.1")});
  point_at(receiver.port(), "two.example");
  const Attempt attempt = exchange(1);
  EXPECT_EQ(attempt.status, 200);
  EXPECT_EQ(attempt.remote_address, "127.0.0.1:" + std::to_string(receiver.port()));
}

TEST_F(HttpSenderTest, SaysThatANameIsUnknown) {
  names_.emplace("gone.example", fail(ErrorCode::kNotFound, "no such host name"));
  point_at(80, "gone.example");
  const Attempt attempt = exchange(1);
  EXPECT_EQ(attempt.result, AttemptResult::kDnsFailed);
  EXPECT_EQ(attempt.error_detail, "no such host name");
}

// A listener whose queue is full drops the next SYN: connecting to it hangs.
TEST_F(HttpSenderTest, TimesOutWhileConnecting) {
  asio::io_context context;
  const asio::ip::tcp::endpoint free_port(asio::ip::address_v4::loopback(), 0);
  asio::ip::tcp::acceptor full(context);
  full.open(free_port.protocol());
  full.bind(free_port);
  full.listen(0);
  std::vector<asio::ip::tcp::socket> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.emplace_back(context, free_port.protocol());
    fillers.back().non_blocking(true);
    const asio::ip::tcp::endpoint target = full.local_endpoint();
    ::connect(fillers.back().native_handle(), target.data(), static_cast<socklen_t>(target.size()));
  }
  point_at(full.local_endpoint().port());
  const Attempt attempt = exchange(1, milliseconds{100});
  EXPECT_EQ(attempt.result, AttemptResult::kTimedOut);
  EXPECT_EQ(attempt.error_detail, "connecting took too long");
}

TEST_F(HttpSenderTest, AbandonsWhatIsUnderWayWhenItIsCutOff) {
  LoopbackReceiver receiver([](ReceiverPeer& peer, std::size_t) { peer.wait_for_end(); });
  point_at(receiver.port());
  for (std::int64_t id = 1; id <= 3; ++id) {
    send(id);
  }
  wait([&] { return receiver.connection_count() == 3; });
  on_shard([this] { sender_->abort(); });
  wait([this] {
    const std::scoped_lock lock(mutex_);
    return abandoned_ == 3;
  });
  EXPECT_EQ(reports_, 0);
}

}  // namespace
}  // namespace returnflows

#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "returnflows/api/api_server.h"
#include "returnflows/base/clock.h"
#include "returnflows/base/random.h"
#include "returnflows/endpoints/secret_box.h"
#include "returnflows/observability/metrics.h"
#include "returnflows/runtime/offload.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/store/journal.h"
#include "returnflows/store/sqlite/sqlite_store.h"

namespace returnflows {

// An answer as a client sees it.
struct ClientAnswer {
  int status = 0;
  std::string head;  // All header lines, names in lower case as the server writes them.
  std::string body;

  boost::json::value json() const;
  // The value of a header; empty when it is absent.
  std::string header(std::string_view name) const;
};

// One connection over the loopback, with blocking calls that give up after ten seconds.
class LoopbackClient {
 public:
  explicit LoopbackClient(std::uint16_t port);
  ~LoopbackClient();
  LoopbackClient(const LoopbackClient&) = delete;
  LoopbackClient& operator=(const LoopbackClient&) = delete;

  void send(std::string_view bytes);
  // Reads one answer. `head_only` after a HEAD request.
  ClientAnswer receive(bool head_only = false);
  // Reads until `text` has come; gives all that has come since the last call, decoded or not.
  std::string receive_until(std::string_view text);
  // True when the server has closed the connection.
  bool is_closed();

 private:
  bool fill();

  int socket_ = -1;
  std::string unread_;
};

// Lets commits through, or holds them back until it is told otherwise.
class GatedTransitions final : public TransitionStore {
 public:
  explicit GatedTransitions(TransitionStore& inner) : inner_(inner) {}

  void close_gate();
  void open_gate();
  // Waits until a group is held back at its commit.
  void wait_for_held_commit();

  Status begin(Timestamp now) override { return inner_.begin(now); }

  Result<AcceptEvents::Outcome> apply(AcceptEvents& t) override { return inner_.apply(t); }

  Result<SettleAttempt::Outcome> apply(SettleAttempt& t) override { return inner_.apply(t); }

  Result<RetryDelivery::Outcome> apply(RetryDelivery& t) override { return inner_.apply(t); }

  Result<CancelDelivery::Outcome> apply(CancelDelivery& t) override { return inner_.apply(t); }

  Result<CreateEndpoint::Outcome> apply(CreateEndpoint& t) override { return inner_.apply(t); }

  Result<UpdateEndpoint::Outcome> apply(UpdateEndpoint& t) override { return inner_.apply(t); }

  Result<DeleteEndpoint::Outcome> apply(DeleteEndpoint& t) override { return inner_.apply(t); }

  Result<CancelEndpointDeliveries::Outcome> apply(CancelEndpointDeliveries& t) override {
    return inner_.apply(t);
  }

  Result<CreateMerchant::Outcome> apply(CreateMerchant& t) override { return inner_.apply(t); }

  Result<CreateApiKey::Outcome> apply(CreateApiKey& t) override { return inner_.apply(t); }

  Result<RevokeApiKey::Outcome> apply(RevokeApiKey& t) override { return inner_.apply(t); }

  Result<ForgetIdempotencyKeys::Outcome> apply(ForgetIdempotencyKeys& t) override {
    return inner_.apply(t);
  }

  Result<RunCommand::Outcome> apply(RunCommand& t) override { return inner_.apply(t); }

  Result<FireTimers::Outcome> apply(FireTimers& t) override { return inner_.apply(t); }

  Result<ReportPayout::Outcome> apply(ReportPayout& t) override { return inner_.apply(t); }

  Result<UpdateSettings::Outcome> apply(UpdateSettings& t) override { return inner_.apply(t); }

  Result<ReviewReturns::Outcome> apply(ReviewReturns& t) override { return inner_.apply(t); }

  Result<CommitReport> commit() override;

 private:
  TransitionStore& inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  bool holding_ = false;
};

// What a request carries beside its method, target and body.
struct CallOptions {
  std::string key;      // Empty: the platform key. "none": no Authorization header.
  std::string headers;  // More lines, each with its CRLF.
};

// The whole API over a real store and a real socket, without a dispatcher: deliveries stay as the
// commit left them.
class ApiUnderTest : public testing::Test, public ServerControl {
 protected:
  static constexpr std::string_view kPlatformKey = "rf_platform_key_of_the_tests";

  ApiUnderTest();
  ~ApiUnderTest() override;

  // One request on a connection of its own.
  ClientAnswer call(std::string_view method,
                    std::string_view target,
                    std::string_view body = {},
                    const CallOptions& options = {});

  static std::string request(std::string_view method,
                             std::string_view target,
                             std::string_view body,
                             const CallOptions& options = {});

  // Publishes an event of `return_id`; its id.
  std::string publish(std::string_view return_id, std::string_view type = "return.created");

  // Creates an endpoint that nothing is sent to; its id.
  std::string create_endpoint(std::string_view url = "https://hooks.example.com/in");

  // A key of the merchant "default".
  std::string merchant_key();

  bool ready() const override { return ready_; }

  bool has_test_clock() const override { return test_clock_; }

  Task<Result<Timestamp>> advance_clock(std::chrono::seconds step) override;

  std::filesystem::path folder_;
  TestClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  BlockingPool storage_pool_{2};
  ShardSet shards_{2};
  SecretBox secret_box_{SecretBox::Key{1, 2, 3}, random_};
  std::unique_ptr<Store> store_;
  std::unique_ptr<GatedTransitions> transitions_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<ApiServer> api_;
  bool ready_ = true;
  bool test_clock_ = false;
};

// A valid event of `return_id`.
std::string event_json(std::string_view return_id,
                       std::string_view type = "return.created",
                       std::string_view more_members = {});

// Expects a problem document with this status and code.
void expect_problem(const ClientAnswer& answer, int status, std::string_view code);

}  // namespace returnflows

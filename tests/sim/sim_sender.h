#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "returnflows/dispatch/request_sender.h"
#include "returnflows/store/store.h"
#include "tests/sim/fake_receiver.h"
#include "tests/sim/first_try_delays.h"
#include "tests/sim/promise_checker.h"
#include "tests/sim/timeline.h"

namespace returnflows::sim {

// The receivers of a simulation, and what is known of all requests to them.
struct Network {
  std::map<EndpointId, FakeReceiver> receivers;
  std::set<EndpointId> steady;  // Always healthy, and left alone by people.
  FirstTryDelays first_tries;
  // Told of every answer once its lane has had it.
  std::function<void(EndpointId, DeliveryId)> on_answer;
  std::uint64_t requests = 0;
  // Of all requests and their times: equal for equal seeds.
  std::uint64_t fingerprint = 14'695'981'039'346'656'037ULL;

  void note(const OutgoingRequest& request);
};

// The requests of one lane, without sockets: answered in simulated time by a FakeReceiver, and
// seen by the checker. When it is destroyed, as its process dies, so are the answers under way.
// Thread: one.
class SimSender final : public RequestSender {
 public:
  struct Parts {
    Timeline& timeline;
    Network& network;
    PromiseChecker& checker;
    const EndpointCatalog& catalog;
  };

  SimSender(const Parts& parts, EndpointId endpoint, SendListener& listener)
      : parts_(parts), endpoint_(endpoint), listener_(listener) {}

  void point_at(std::shared_ptr<const EndpointUrl>) override {}

  void send(OutgoingRequest request) override;
  void abort() override;

  void close_idle() override {}

  void sweep(Monotonic) override {}

  bool is_quiet() const override { return under_way_.empty(); }

 private:
  void finish(DeliveryId delivery);

  struct UnderWay {
    OutgoingRequest request;
    Attempt attempt;
    SuccessRule success = SuccessRule::kOnly200;
  };

  Parts parts_;
  EndpointId endpoint_;
  SendListener& listener_;
  std::map<DeliveryId, UnderWay> under_way_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace returnflows::sim

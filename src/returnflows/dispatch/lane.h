#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "returnflows/base/clock.h"
#include "returnflows/base/ids.h"
#include "returnflows/base/mailbox.h"
#include "returnflows/base/random.h"
#include "returnflows/delivery/breaker.h"
#include "returnflows/delivery/failing_streak.h"
#include "returnflows/delivery/signing.h"
#include "returnflows/delivery/verdict.h"
#include "returnflows/dispatch/activity.h"
#include "returnflows/dispatch/lane_window.h"
#include "returnflows/dispatch/request_sender.h"
#include "returnflows/endpoints/egress_policy.h"
#include "returnflows/endpoints/endpoint.h"
#include "returnflows/endpoints/secret_box.h"
#include "returnflows/observability/metrics.h"
#include "returnflows/store/journal.h"

namespace returnflows {

// What a lane asks of its shard. Thread: shard-affine.
class LaneHost {
 public:
  LaneHost() = default;
  LaneHost(const LaneHost&) = delete;
  LaneHost& operator=(const LaneHost&) = delete;
  virtual ~LaneHost() = default;

  // Takes one of the process's in-flight slots; false when there is none. A lane with nothing in
  // flight may go over the limit: dead endpoints must not keep a healthy one from its first try.
  virtual bool claim_slot(bool lane_is_idle) = 0;
  virtual void release_slot() = 0;
  // Pumps the lane at `at`, or a little later.
  virtual void wake_at(EndpointId lane, Timestamp at) = 0;
  // Pumps the lane when slots have come free.
  virtual void wake_when_free(EndpointId lane) = 0;
};

// The lane of one endpoint: takes deliveries whose turn it is, sends them at the pace that the
// endpoint bears, judges the answers and has the outcomes written. Knows nothing of sockets and
// nothing of ordering: see RequestSender and LaneWindow.
//
// Thread: shard-affine.
class Lane final : public SendListener {
 public:
  using MakeSender = std::function<std::unique_ptr<RequestSender>(SendListener&)>;

  // Shared by all lanes of a shard; outlives them.
  struct Parts {
    Journal& journal;
    Mailbox& shard;
    LaneHost& host;
    const EndpointCatalog& catalog;
    const IdCodec& ids;
    const SecretBox& secrets;
    const Clock& clock;
    Random& random;
    const EgressPolicy& egress;
    Metrics& metrics;
    ByteBudget& budget;
    Activity& activity;
    std::string user_agent;
  };

  Lane(EndpointId id, const Parts& parts, const MakeSender& make_sender);

  EndpointId id() const { return id_; }

  // After a restart: all that the endpoint is owed rests in the store.
  void begin_in_store() { window_.begin_in_store(); }

  // Commits. The caller pumps once afterwards.
  void arrive(DueDelivery due);

  void cancel(DeliveryId delivery) { window_.cancel(delivery); }

  void endpoint_changed(std::shared_ptr<const Endpoint> endpoint);

  // Starts what may start now, asks the store for more where that is wanted, and has itself woken
  // when the next thing is due.
  void pump();
  // The alarm of wake_at() has gone off.
  void alarm();

  void sweep(Monotonic now) { sender_->sweep(now); }

  // About once a second: what was refused for a full journal is tried again.
  void note_second();

  // No new attempts from now on. abort() cuts off those under way: they are not settled, and go
  // again after the next start.
  void stop();

  void abort() { sender_->abort(); }

  // The earliest time at which something may be sent; nullopt when nothing is owed, or nothing
  // may be sent until people resume the endpoint.
  std::optional<Timestamp> next_due() const;

  std::size_t in_flight() const { return in_flight_; }

  const LaneWindow& window() const { return window_; }

  bool sockets_closed() const { return sender_->is_quiet(); }

  // A deleted endpoint's lane with nothing left to do: to be destroyed.
  bool is_finished() const;

  void request_finished(DeliveryId delivery, Attempt attempt, std::string buffer) override;
  void request_abandoned(DeliveryId delivery) override;

 private:
  // What is made of one version of the endpoint for sending.
  struct Identity {
    std::shared_ptr<const EndpointUrl> url;  // Null when the URL may not be sent to any more.
    std::string url_refusal;
    std::optional<Signer> signer;
    std::optional<Signer> previous_signer;
  };

  // What the answer to a SettleAttempt has to know.
  struct Settling {
    DeliveryId delivery;
    int attempt_number = 1;
    Timestamp retry_at{};
  };

  bool may_send() const;
  std::size_t slots_left(Timestamp now) const;
  bool prepare(Timestamp now);
  Status make_identity();
  void start(const DueDelivery& due, Timestamp now);
  std::string render(const DueDelivery& due, int attempt_number);
  void judge(const Verdict& verdict, const Attempt& attempt, Timestamp now, double unit);
  void submit_settle(const DueDelivery& due, Attempt attempt, Verdict verdict, double unit);
  void settle_answered(const Settling& asked, const Result<DeliveryState>& answer);
  void count(const Verdict& verdict, const Attempt& attempt) const;
  void load(Timestamp now);
  void load_ready(LaneWindow::ReadyPlan plan);
  void load_waiting(LaneWindow::WaitingPlan plan);
  void load_failed(const Error& error);
  void arm(Timestamp now);
  void disable();
  void cancel_rest();
  void want_disabled(std::string reason);
  void note_breaker();
  std::string public_id() const;

  // Around each submission, so that nobody destroys the lane that waits for the answer.
  void submission_begins();
  void submission_ends();

  EndpointId id_;
  const Parts& parts_;
  std::shared_ptr<const Endpoint> endpoint_;  // The last known; never null once there was one.
  bool deleted_ = false;
  bool rest_canceled_ = false;
  bool cancel_under_way_ = false;
  FailingStreak failing_;
  std::optional<std::string> disable_reason_;  // To be written.
  bool disable_under_way_ = false;
  std::optional<Identity> identity_;        // Of the current version, once it was needed.
  std::optional<Timestamp> blocked_until_;  // Its secret cannot be opened.
  std::optional<Timestamp> load_blocked_until_;
  Breaker breaker_{limits::kInFlightPerEndpointMax};
  bool breaker_was_open_ = false;
  std::optional<Timestamp> hold_until_;  // From Retry-After: no delivery is due before.
  LaneWindow window_;
  std::size_t in_flight_ = 0;
  std::size_t submissions_ = 0;
  std::optional<Timestamp> armed_for_;
  bool stopping_ = false;
  bool pumping_ = false;
  bool pump_again_ = false;
  std::string spare_buffer_;
  std::unique_ptr<RequestSender> sender_;  // Last: it ends before what it reports to.
};

}  // namespace returnflows

#include "tests/sim/process.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"
#include "returnflows/store/sqlite/sqlite_store.h"
#include "tests/support/fault_vfs.h"

namespace returnflows::sim {
namespace {

using std::chrono::milliseconds;

// Lanes are woken by a ticker in the server: up to this late.
constexpr milliseconds kTick{100};

// The value of a header that the server itself has written.
std::string_view header_of(std::string_view request, std::string_view name) {
  const std::size_t at = request.find(name);
  RF_CHECK(at != std::string_view::npos);
  const std::size_t from = at + name.size();
  return request.substr(from, request.find("\r\n", from) - from);
}

}  // namespace

// Hands each request to the endpoint's receiver, and its reaction back after its time.
class Process::Sender final : public RequestSender {
 public:
  Sender(Process& process, EndpointId endpoint, SendListener& listener)
      : process_(process), endpoint_(endpoint), listener_(listener) {}

  void point_at(std::shared_ptr<const EndpointUrl>) override {}

  void send(OutgoingRequest request) override;

  void abort() override {}

  void close_idle() override {}

  void sweep(Monotonic) override {}

  bool is_quiet() const override { return under_way_ == 0; }

 private:
  void finish(OutgoingRequest request, Attempt attempt);

  Process& process_;
  EndpointId endpoint_;
  SendListener& listener_;
  std::size_t under_way_ = 0;
};

void Process::Sender::send(OutgoingRequest request) {
  ++under_way_;
  const Surroundings& outside = process_.surroundings_;
  World& world = outside.world;
  const std::string_view event = header_of(request.bytes, "webhook-id: ");
  const DueDelivery* due = process_.lane_of(endpoint_).window().find(request.delivery);
  RF_CHECK(due != nullptr);
  outside.history.request({.endpoint = endpoint_,
                           .delivery = request.delivery,
                           .event = event,
                           .attempt_number = request.attempt_number,
                           .due_since = due->created_at},
                          world.now());
  const auto endpoint = process_.store_->endpoints().find(endpoint_);
  const milliseconds patience =
      endpoint ? endpoint->attempt_timeout : limits::kAttemptTimeoutDefault;
  Receiver::Reaction reaction = outside.receivers.at(endpoint_)->react(
      std::hash<std::string_view>{}(event), world.now(), patience);
  const bool any_2xx = endpoint && endpoint->success == SuccessRule::kAny2xx;
  const int status = reaction.attempt.status;
  if (status == 200 || (any_2xx && status / 100 == 2)) {
    // The receiver has it even when the server dies before it hears so.
    world.after(reaction.after / 2,
                [&history = outside.history, endpoint_id = endpoint_, delivery = request.delivery] {
                  history.taken(endpoint_id, delivery);
                });
  }
  process_.plan(
      world.now() + reaction.after,
      [this, request = std::move(request), attempt = std::move(reaction.attempt)]() mutable {
        finish(std::move(request), std::move(attempt));
      });
}

void Process::Sender::finish(OutgoingRequest request, Attempt attempt) {
  --under_way_;
  attempt.number = request.attempt_number;
  attempt.started_at = request.started_at;
  const auto endpoint = process_.store_->endpoints().find(endpoint_);
  const Timestamp now = process_.surroundings_.world.now();
  const Verdict verdict =
      classify(attempt, endpoint ? endpoint->success : SuccessRule::kOnly200, now);
  process_.surroundings_.history.ended(
      {.endpoint = endpoint_, .success = verdict.delivered, .hold = verdict.hold_endpoint}, now);
  listener_.request_finished(request.delivery, std::move(attempt), std::move(request.bytes));
}

Process::Process(const Surroundings& surroundings, std::function<void()> on_disk_failure)
    : surroundings_(surroundings),
      secrets_({}, surroundings.random),
      egress_{.allow = {*IpRange::parse("127.0.0.0/8")}} {
  const World& world = surroundings_.world;
  auto opened = open_sqlite_store({.file = surroundings_.database,
                                   .clock = surroundings_.world.clock(),
                                   .random = surroundings_.random,
                                   .vfs = kFaultVfsName});
  RF_CHECK(opened.has_value());
  store_ = std::move(*opened);
  transitions_.emplace(*store_, surroundings_.history, surroundings_.world.clock());
  journal_ = std::make_unique<Journal>(
      Journal::Parts{.transitions = *transitions_,
                     .queue = store_->queue(),
                     .clock = surroundings_.world.clock(),
                     .observers = {this},
                     .on_fatal = [this, tell = std::move(on_disk_failure)](const Error&) {
                       plan(surroundings_.world.now(), [tell] { tell(); });
                     }});
  lane_parts_.emplace(Lane::Parts{.journal = *journal_,
                                  .shard = *this,
                                  .host = *this,
                                  .catalog = store_->endpoints(),
                                  .ids = store_->ids(),
                                  .secrets = secrets_,
                                  .clock = surroundings_.world.clock(),
                                  .random = surroundings_.random,
                                  .egress = egress_,
                                  .metrics = metrics_,
                                  .budget = budget_,
                                  .activity = activity_,
                                  .user_agent = "Returnflows/simulation"});
  begin_lanes();
  plan(world.now() + std::chrono::seconds{1}, [this] { second(); });
}

// The power goes first, so that nothing written by the destructors below can reach the disk.
Process::~Process() {
  life_.reset();
  cut_power();
  surroundings_.history.restarted();
}

void Process::plan(Timestamp time, World::Happening happening) {
  surroundings_.world.at(
      time, [this, life = std::weak_ptr(life_), happening = std::move(happening)]() mutable {
        if (life.expired()) return;
        happening();
        note_work();
      });
}

void Process::deliver(std::vector<Letter> letters) {
  for (Letter& letter : letters) {
    plan(surroundings_.world.now(), std::move(letter));
  }
}

// The journal commits what has come in while the disk was busy with the group before.
void Process::note_work() {
  if (commit_planned_ || !journal_->has_work()) return;
  commit_planned_ = true;
  const milliseconds disk{1 + static_cast<int>(surroundings_.random.unit() * 10)};
  plan(surroundings_.world.now() + disk, [this] {
    commit_planned_ = false;
    journal_->run_queued();
  });
}

void Process::on_commit(const CommitReport& report) {
  plan(surroundings_.world.now(), [this, report]() mutable { take(std::move(report)); });
}

void Process::take(CommitReport report) {
  const Timestamp now = surroundings_.world.now();
  std::set<EndpointId> touched;  // In a fixed order, so that a seed repeats its run.
  for (const EndpointChange& change : report.endpoints) {
    const bool active = change.endpoint && change.endpoint->state == EndpointState::kActive;
    surroundings_.history.sending(change.id, active, now);
    Lane& lane = lane_of(change.id);
    lane.endpoint_changed(change.endpoint);
    touched.insert(lane.id());
  }
  for (DueDelivery& due : report.due) {
    Lane& lane = lane_of(due.endpoint);
    lane.arrive(std::move(due));
    touched.insert(lane.id());
  }
  for (const DeliveryId id : report.canceled) {
    for (const auto& [endpoint, lane] : lanes_) {
      lane->cancel(id);
    }
  }
  for (const EndpointId id : touched) {
    lane_of(id).pump();
  }
}

void Process::begin_lanes() {
  const auto pending = store_->queue().endpoints_with_pending();
  RF_CHECK(pending.has_value());
  for (const EndpointId id : *pending) {
    Lane& lane = lane_of(id);
    lane.begin_in_store();
    plan(surroundings_.world.now(), [&lane] { lane.pump(); });
  }
}

Lane& Process::lane_of(EndpointId id) {
  auto& lane = lanes_[id];
  if (!lane) {
    lane = std::make_unique<Lane>(id, *lane_parts_, [this, id](SendListener& listener) {
      return std::make_unique<Sender>(*this, id, listener);
    });
  }
  return *lane;
}

void Process::second() {
  for (const auto& [id, lane] : lanes_) {
    lane->note_second();
    window_peak_ = std::max(window_peak_, lane->window().size());
  }
  std::erase_if(lanes_, [](const auto& entry) { return entry.second->is_finished(); });
  plan(surroundings_.world.now() + std::chrono::seconds{1}, [this] { second(); });
}

std::optional<Timestamp> Process::next_due() const {
  std::optional<Timestamp> soonest;
  for (const auto& [id, lane] : lanes_) {
    const auto due = lane->next_due();
    if (due) soonest = std::min(soonest.value_or(*due), *due);
  }
  return soonest;
}

bool Process::claim_slot(bool lane_is_idle) {
  if (in_flight_ >= limits::kInFlightMax * (lane_is_idle ? 2 : 1)) return false;
  ++in_flight_;
  return true;
}

void Process::release_slot() {
  --in_flight_;
  for (const EndpointId id : std::exchange(waiting_for_slot_, {})) {
    plan(surroundings_.world.now(), [this, id] { lane_of(id).pump(); });
  }
}

void Process::wake_at(EndpointId lane, Timestamp at) {
  plan(at + kTick / 2, [this, lane] {
    if (const auto found = lanes_.find(lane); found != lanes_.end()) found->second->alarm();
  });
}

void Process::wake_when_free(EndpointId lane) {
  waiting_for_slot_.insert(lane);
}

}  // namespace returnflows::sim

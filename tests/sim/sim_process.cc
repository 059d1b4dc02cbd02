#include "tests/sim/sim_process.h"

#include <algorithm>
#include <utility>

namespace returnflows::sim {
namespace {

using std::chrono::milliseconds;

}  // namespace

SimProcess::SimProcess(const World& world)
    : world_(world),
      budget_(world.window_bytes_max),
      journal_({.transitions = world_.store,
                .queue = world_.store,
                .clock = world_.timeline.clock(),
                .observers = {this},
                .on_fatal = [this](const Error&) { disk_failed_ = true; }}),
      lane_parts_{.journal = journal_,
                  .shard = *this,
                  .host = *this,
                  .catalog = world_.store,
                  .ids = world_.ids,
                  .secrets = world_.secrets,
                  .clock = world_.timeline.clock(),
                  .random = world_.random,
                  .egress = egress_,
                  .metrics = world_.metrics,
                  .budget = budget_,
                  .activity = activity_,
                  .user_agent = "Returnflows/simulation"} {}

SimProcess::~SimProcess() {
  alive_.reset();
  world_.network.first_tries.process_ended();
  lanes_.clear();
}

// Nothing of a process happens after its death.
void SimProcess::plan(Timestamp at, std::function<void()> happening) {
  world_.timeline.plan(at, [alive = std::weak_ptr(alive_), run = std::move(happening)] {
    if (!alive.expired()) run();
  });
}

// As Dispatcher::start().
void SimProcess::start() {
  journal_.load<bool>(
      [this](DeliveryQueue& queue) -> Result<bool> {
        RF_TRY(const std::vector<EndpointId> all, queue.endpoints_with_pending());
        round_letters_.emplace_back([this, all] { begin(all); });
        return true;
      },
      *this,
      [](const Result<bool>&) {});
  plan(world_.timeline.now() + std::chrono::seconds{1}, [this] { second(); });
}

void SimProcess::begin(const std::vector<EndpointId>& endpoints) {
  begun_ = true;
  for (const EndpointId id : endpoints) {
    Lane& lane = lane_of(id);
    lane.begin_in_store();
    lane.pump();
  }
}

Lane& SimProcess::lane_of(EndpointId id) {
  auto& lane = lanes_[id];
  if (!lane) {
    lane = std::make_unique<Lane>(id, lane_parts_, [this, id](SendListener& listener) {
      return std::make_unique<SimSender>(SimSender::Parts{.timeline = world_.timeline,
                                                          .network = world_.network,
                                                          .checker = world_.checker,
                                                          .catalog = world_.store},
                                         id,
                                         listener);
    });
  }
  return *lane;
}

void SimProcess::stop(milliseconds grace) {
  for (const auto& [id, lane] : lanes_) {
    lane->stop();
  }
  plan(world_.timeline.now() + grace, [this] {
    for (const auto& [id, lane] : lanes_) {
      lane->abort();
    }
    journal_.stop();
    closed_ = true;
  });
}

// --- The journal's rounds ---

// Mostly a fast disk, now and then a busy one.
milliseconds SimProcess::commit_time() {
  return world_.chance.happens(0.9) ? world_.chance.between(milliseconds{0}, milliseconds{3})
                                    : world_.chance.between(milliseconds{3}, milliseconds{20});
}

void SimProcess::poll() {
  if (round_under_way_) return;
  const std::uint64_t before = world_.store.statistics().commits;
  in_round_ = true;
  const bool ran = journal_.run_once();
  in_round_ = false;
  if (!ran) {
    stopped_ = closed_;
    return;
  }
  round_under_way_ = true;
  milliseconds takes = commit_time();
  for (std::uint64_t i = before + 1; i < world_.store.statistics().commits; ++i) {
    takes += commit_time();
  }
  measure(world_.store.take_loaded_bytes());
  plan(world_.timeline.now() + takes, [this] { end_round(); });
}

void SimProcess::end_round() {
  round_under_way_ = false;
  world_.checker.told();
  run_letters(std::exchange(round_letters_, {}));
}

void SimProcess::run_letters(std::vector<Letter> letters) {
  for (Letter& letter : letters) {
    letter();
  }
}

void SimProcess::deliver(std::vector<Letter> letters) {
  if (in_round_) {
    std::ranges::move(letters, std::back_inserter(round_letters_));
    return;
  }
  // Refused at once.
  const auto refused = std::make_shared<std::vector<Letter>>(std::move(letters));
  plan(world_.timeline.now(), [this, refused] { run_letters(std::move(*refused)); });
}

void SimProcess::on_commit(const CommitReport& report) {
  round_letters_.emplace_back([this, report] { take(report); });
}

// As DispatchShard::take().
void SimProcess::take(const CommitReport& report) {
  if (!begun_) return;
  std::vector<EndpointId> touched;
  for (const EndpointChange& change : report.endpoints) {
    if (change.endpoint && !lanes_.contains(change.id)) continue;
    lane_of(change.id).endpoint_changed(change.endpoint);
    touched.push_back(change.id);
  }
  for (const DueDelivery& due : report.due) {
    expect_first_try(due);
    lane_of(due.endpoint).arrive(due);
    if (touched.empty() || touched.back() != due.endpoint) touched.push_back(due.endpoint);
  }
  for (const DeliveryId delivery : report.canceled) {
    for (const auto& [id, lane] : lanes_) {
      lane->cancel(delivery);
    }
  }
  for (const EndpointId id : touched) {
    lanes_.at(id)->pump();
  }
}

// Those that an endpoint's own backlog holds up are not counted.
void SimProcess::expect_first_try(const DueDelivery& due) {
  const bool fresh = due.attempts_made == 0 && due.due_at <= due.created_at;
  if (!fresh || !world_.network.steady.contains(due.endpoint)) return;
  if (world_.store.pending(due.endpoint) > limits::kInFlightPerEndpointMax) return;
  world_.network.first_tries.expect(due.id, due.created_at);
}

// --- What a shard does for its lanes ---

bool SimProcess::claim_slot(bool lane_is_idle) {
  if (in_flight_ >= world_.in_flight_max * (lane_is_idle ? 2 : 1)) return false;
  ++in_flight_;
  return true;
}

void SimProcess::release_slot() {
  --in_flight_;
  if (waiting_for_slot_.empty()) return;
  plan(world_.timeline.now(), [this] { wake_waiting_for_slot(); });
}

void SimProcess::wake_waiting_for_slot() {
  for (const EndpointId id : std::exchange(waiting_for_slot_, {})) {
    if (const auto lane = lanes_.find(id); lane != lanes_.end()) lane->second->pump();
  }
}

void SimProcess::wake_at(EndpointId lane, Timestamp at) {
  plan(at, [this, lane] {
    if (const auto known = lanes_.find(lane); known != lanes_.end()) known->second->alarm();
  });
}

void SimProcess::wake_when_free(EndpointId lane) {
  if (std::ranges::find(waiting_for_slot_, lane) == waiting_for_slot_.end()) {
    waiting_for_slot_.push_back(lane);
  }
}

void SimProcess::second() {
  for (const auto& [id, lane] : lanes_) {
    lane->note_second();
  }
  std::erase_if(lanes_, [](const auto& entry) { return entry.second->is_finished(); });
  wake_waiting_for_slot();
  plan(world_.timeline.now() + std::chrono::seconds{1}, [this] { second(); });
}

// Over the budget may go: what every lane may keep whatever the others hold, and the loads that
// were asked for while there was room.
void SimProcess::measure(std::size_t loaded_bytes) {
  constexpr std::size_t kEntryBytes = 256;
  std::size_t most = 0;
  std::size_t bytes = loaded_bytes;
  for (const auto& [id, lane] : lanes_) {
    most = std::max(most, lane->window().size());
    bytes += lane->window().bytes();
  }
  const std::size_t entry = kEntryBytes + world_.body_bytes_max;
  const std::size_t shares = lanes_.size() * limits::kLaneShareMin * 2 * entry;
  const std::size_t one_load = limits::kLaneWindowMax * entry;
  world_.checker.holds({.lane_entries_max = most,
                        .bytes = bytes,
                        .bytes_allowed = world_.window_bytes_max + shares + one_load});
  peak_.lane_entries = std::max(peak_.lane_entries, most);
  peak_.bytes = std::max(peak_.bytes, bytes);
}

}  // namespace returnflows::sim

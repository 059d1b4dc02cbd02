#include "tests/sim/simulation.h"

#include <algorithm>

namespace returnflows::sim {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kEndpointsPerMerchant = 3;
constexpr std::size_t kBodyBytesMax = 300;
constexpr hours kBetweenCrashes{5};
// Beyond the last delay of the longest schedule, with its jitter, several times.
constexpr days kDrainMax{10};
// The promise to an endpoint that works, whatever the others do: no more than two busy commits,
// and its turn in one window of requests.
constexpr milliseconds kFirstTryP99Max{250};

constexpr Timestamp kStart{seconds{1'767'225'600}};  // 1 January 2026.

}  // namespace

Simulation::Simulation(const Options& options)
    : options_(options),
      timeline_(kStart),
      chance_(options.seed),
      random_(options.seed + 1),
      secrets_(SecretBox::Key{}, random_),
      world_{.timeline = timeline_,
             .chance = chance_,
             .store = store_,
             .checker = checker_,
             .network = network_,
             .ids = ids_,
             .secrets = secrets_,
             .random = random_,
             .metrics = metrics_,
             .in_flight_max = options.in_flight_max,
             .window_bytes_max = options.window_bytes_max,
             .body_bytes_max = kBodyBytesMax},
      producer_(world_, options.merchants, [this] { return process_.get(); }),
      people_(world_, options.merchants, [this] { return process_.get(); }) {}

// The first endpoint of each merchant is steady: what the others do must not touch it.
void Simulation::make_endpoints() {
  std::int64_t next = 1;
  for (std::size_t merchant = 1; merchant <= options_.merchants; ++merchant) {
    for (std::size_t i = 0; i < kEndpointsPerMerchant; ++i) {
      const EndpointId id{next++};
      const bool steady = i == 0;
      const Behaviour behaviour = steady ? Behaviour::kHealthy : some_behaviour(chance_);
      network_.receivers.emplace(id, FakeReceiver(behaviour, chance_));
      if (steady) network_.steady.insert(id);
      store_.put_endpoint(make_endpoint(world_, id, {static_cast<std::int64_t>(merchant)}, steady));
    }
  }
  people_.set_next_endpoint(next);
}

Report Simulation::run() {
  make_endpoints();
  start_process();
  producer_.on_burst = [this] {
    people_.gather();
    // Half of all bursts have a crash in their midst: there it hurts.
    if (chance_.happens(0.5)) {
      timeline_.plan_in(chance_.between(milliseconds{0}, seconds{5}), [this] { crash(); });
    }
  };
  network_.on_answer = [this](EndpointId endpoint, DeliveryId delivery) {
    people_.answer_came(endpoint, delivery);
  };
  producer_.start();
  people_.start();
  plan_crash();
  while (!is_over() && checker_.breaches().empty() && timeline_.step()) {
    if (!process_) continue;
    process_->poll();
    if (process_->is_over()) end_process();
  }
  if (draining_) checker_.finished();
  return report();
}

bool Simulation::is_over() {
  if (!draining_) {
    if (store_.statistics().deliveries >= options_.deliveries) begin_draining();
    return false;
  }
  return checker_.pending() == 0 || timeline_.now() >= drain_until_;
}

void Simulation::plan_crash() {
  timeline_.plan_in(chance_.wait(kBetweenCrashes), [this] {
    crash();
    plan_crash();
  });
}

// By the disk: the next group is not kept, and the process ends because of it. Or by people, who
// stop it in good order. Or by `kill -9`, at once, or after the next commit and before anybody was
// told of it.
void Simulation::crash() {
  if (draining_ || !process_) return;
  const std::int64_t dice = chance_.between(0, 4);
  if (dice == 0) return store_.fail_next_group(SimStore::Failure::kAtBegin);
  if (dice == 1) {
    // A producer waits for this very commit: it must not be told that its events are kept.
    store_.fail_next_group(SimStore::Failure::kAtCommit);
    return producer_.publish_now();
  }
  if (dice == 2) return process_->stop(chance_.between(milliseconds{0}, seconds{8}));
  if (dice == 3 || process_->round_under_way()) return end_process();
  kill();
}

void Simulation::kill() {
  process_->poll();
  end_process();
}

void Simulation::end_process() {
  ++crashes_;
  peak_.lane_entries = std::max(peak_.lane_entries, process_->peak().lane_entries);
  peak_.bytes = std::max(peak_.bytes, process_->peak().bytes);
  process_.reset();
  checker_.process_ended();
  timeline_.plan_in(chance_.between(seconds{1}, seconds{30}), [this] { start_process(); });
}

void Simulation::start_process() {
  store_.open_again();
  checker_.told();
  process_ = std::make_unique<SimProcess>(world_);
  process_->start();
}

// From here on nothing goes wrong any more, and everything must arrive.
void Simulation::begin_draining() {
  draining_ = true;
  drain_until_ = timeline_.now() + kDrainMax;
  producer_.stop();
  people_.stop();
  wake_endpoints();
}

// Again and again: an answer of before may still disable an endpoint.
void Simulation::wake_endpoints() {
  for (auto& [id, receiver] : network_.receivers) {
    receiver.heal();
    people_.resume(id);
  }
  timeline_.plan_in(minutes{1}, [this] { wake_endpoints(); });
}

Report Simulation::report() const {
  Report report{
      .seed = options_.seed,
      .days = std::chrono::duration<double, days::period>(timeline_.now() - kStart).count(),
      .store = store_.statistics(),
      .requests = network_.requests,
      .crashes = crashes_,
      .actions = people_.actions(),
      .acknowledged = producer_.acknowledged(),
      .peak = peak_,
      .first_try_p99 = network_.first_tries.p99(),
      .first_tries = network_.first_tries.count(),
      .fingerprint = network_.fingerprint,
      .breaches = checker_.breaches()};
  if (process_) {
    report.peak.lane_entries = std::max(peak_.lane_entries, process_->peak().lane_entries);
    report.peak.bytes = std::max(peak_.bytes, process_->peak().bytes);
  }
  if (producer_.lies() > 0) {
    report.breaches.push_back(std::to_string(producer_.lies()) +
                              " events were acknowledged and not kept");
  }
  if (report.first_try_p99 > kFirstTryP99Max) {
    report.breaches.push_back("one first try in a hundred of healthy endpoints waits longer than " +
                              std::to_string(report.first_try_p99.count()) + " ms");
  }
  return report;
}

}  // namespace returnflows::sim

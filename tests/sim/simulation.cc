#include "tests/sim/simulation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <set>
#include <unordered_set>
#include <utility>

#include "returnflows/base/check.h"
#include "returnflows/observability/log.h"
#include "tests/sim/process.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/temporary_folder.h"

namespace returnflows::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kStart{hours{500'000}};
// After all is healed: the longest schedule, held up by the longest Retry-After, fits in.
constexpr hours kDrainMax{40 * 24};

// The six endpoints of a merchant. The first is the one that nobody disturbs.
struct Character {
  Temper temper;
  Ordering ordering;
  bool patient;  // The default schedule of three days, else a short one that runs out.
};

constexpr std::array kCharacters = {
    Character{Temper::kHealthy, Ordering::kPerReturn, true},
    Character{Temper::kFlaky, Ordering::kPerReturn, true},
    Character{Temper::kFlapping, Ordering::kPerReturn, false},
    Character{Temper::kBusy, Ordering::kPerReturn, true},
    Character{Temper::kWrong2xx, Ordering::kNone, false},
    Character{Temper::kFussy, Ordering::kPerReturn, false},
};

class Simulation {
 public:
  explicit Simulation(const Options& options)
      : options_(options), random_(options.seed), world_(kStart) {}

  Report run();

 private:
  struct OpenReturn {
    std::string id;
    int events_left = 0;
  };

  struct Shop {
    MerchantId id;
    std::vector<EndpointId> endpoints;
    std::vector<EndpointId> guests;  // Come and go.
    std::vector<OpenReturn> returns;
    std::unordered_set<std::string> answered;  // Events whose producer got its answer.
    int returns_made = 0;
  };

  // --- The process and its ends ---
  void start_process();
  void crash();
  void plan_crash();
  void step_until(const std::function<bool()>& done, Timestamp until);

  // --- People ---
  void open_shops();
  EndpointId add_endpoint(Shop& shop, const Character& character, bool complete);
  void change_endpoint(EndpointId id, const std::function<void(Endpoint&)>& change);
  void meddle();
  void meddle_with(Shop& shop);
  void plan_meddling();

  // --- Producers ---
  void plan_publishing();
  void publish(Shop& shop, int count);
  PublishedEvent next_event(Shop& shop);

  void heal_everything();
  void drain();
  void check_final_states();

  template <class Transition>
  void submit(Transition transition,
              std::function<void(const Result<typename Transition::Outcome>&)> done = {}) {
    process_->journal().submit(
        std::move(transition),
        *process_,
        [done = std::move(done)](const Result<typename Transition::Outcome>& outcome) {
          if (done) done(outcome);
        });
  }

  // Submits and lets the world go on until it is answered; false when the process died before.
  template <class Transition>
  bool commit(Transition transition) {
    bool answered = false;
    const std::size_t life = report_.crashes;
    submit(std::move(transition), [&answered](const Result<typename Transition::Outcome>& outcome) {
      answered = outcome.has_value();
    });
    step_until([&] { return answered || report_.crashes != life; }, world_.now() + hours{1});
    return answered;
  }

  int below(int bound) { return static_cast<int>(random_.unit() * bound); }

  Shop& any_shop() {
    return shops_[static_cast<std::size_t>(below(static_cast<int>(shops_.size())))];
  }

  Options options_;
  SeededRandom random_;
  TemporaryFolder folder_;
  World world_;
  History history_;
  Receivers receivers_;
  std::unique_ptr<Process> process_;
  std::vector<Shop> shops_;
  Report report_;
  std::size_t owed_ = 0;
  bool disk_failed_ = false;
  bool healing_ = false;
};

// A disk that fails at some sync of this life, or one that does not.
void Simulation::start_process() {
  FaultPlan plan;
  if (!healing_ && below(2) == 0) plan.fail_sync_at = 2'000 + below(60'000);
  register_fault_vfs(plan);
  process_ = std::make_unique<Process>(Surroundings{.world = world_,
                                                    .history = history_,
                                                    .receivers = receivers_,
                                                    .random = random_,
                                                    .database = folder_.path() / "sim.db"},
                                       [this] { disk_failed_ = true; });
}

void Simulation::crash() {
  ++report_.crashes;
  report_.disk_failures += disk_failed_ ? 1 : 0;
  report_.window_peak = std::max(report_.window_peak, process_->window_peak());
  report_.commits += process_->store().statistics().commits;
  disk_failed_ = false;
  process_.reset();
  start_process();
}

void Simulation::plan_crash() {
  if (healing_ || options_.crashes_per_day <= 0) return;
  const double mean_minutes = 24 * 60 / options_.crashes_per_day;
  const double wait = -std::log(1 - random_.unit()) * mean_minutes;
  world_.after(minutes{1 + static_cast<int>(wait)}, [this] {
    if (healing_) return;
    disk_failed_ = false;
    // Not from inside one of the process's own happenings: see step_until().
    crash();
    plan_crash();
  });
}

void Simulation::step_until(const std::function<bool()>& done, Timestamp until) {
  while (!done() && world_.step(until)) {
    if (disk_failed_) crash();
  }
}

void Simulation::open_shops() {
  for (std::size_t i = 0; i < options_.merchants; ++i) {
    CreateMerchant create;
    create.merchant = {.id = MerchantId{process_->store().reserve_id()},
                       .name = "Shop",
                       .slug = "shop-" + std::to_string(i),
                       .created_at = world_.now()};
    Shop shop{
        .id = create.merchant.id, .endpoints = {}, .guests = {}, .returns = {}, .answered = {}};
    RF_CHECK(commit(std::move(create)));
    for (const Character& character : kCharacters) {
      shop.endpoints.push_back(add_endpoint(shop, character, true));
    }
    shops_.push_back(std::move(shop));
  }
}

EndpointId Simulation::add_endpoint(Shop& shop, const Character& character, bool complete) {
  Endpoint endpoint;
  endpoint.id = EndpointId{process_->store().reserve_id()};
  endpoint.merchant = shop.id;
  endpoint.url = "http://127.0.0.1:8080/hook";
  endpoint.ordering = character.ordering;
  if (!character.patient) endpoint.retry_delays = {seconds{5}, seconds{30}, minutes{10}, hours{2}};
  endpoint.secret = process_->secrets().seal(Secret("a secret of mine"), endpoint.id);
  endpoint.created_at = world_.now();
  receivers_[endpoint.id] = std::make_unique<Receiver>(character.temper, random_);
  history_.add_endpoint({.id = endpoint.id,
                         .ordered = character.ordering == Ordering::kPerReturn,
                         .complete = complete,
                         .undisturbed = complete && character.temper == Temper::kHealthy,
                         .retry_delays = endpoint.retry_delays});
  const EndpointId id = endpoint.id;
  CreateEndpoint create;
  create.endpoint = std::move(endpoint);
  submit(std::move(create));
  return id;
}

void Simulation::change_endpoint(EndpointId id, const std::function<void(Endpoint&)>& change) {
  const auto current = process_->store().endpoints().find(id);
  if (!current) return;
  Endpoint next = *current;
  change(next);
  ++next.version;
  submit(UpdateEndpoint{.endpoint = std::move(next)});
}

void Simulation::plan_meddling() {
  world_.after(minutes{1 + below(30)}, [this] {
    if (healing_) return;
    meddle();
    plan_meddling();
  });
}

void Simulation::meddle() {
  for (int i = 0; i < 20; ++i) {
    const DeliveryId delivery{1 + below(static_cast<int>(history_.last_delivery()) + 1)};
    const MerchantId merchant = any_shop().id;
    if (below(3) > 0) {
      submit(RetryDelivery{.merchant = merchant, .delivery = delivery});
    } else {
      submit(CancelDelivery{.merchant = merchant, .delivery = delivery});
    }
  }
  meddle_with(any_shop());
}

// Everybody's endpoint but the first, which is to stay undisturbed.
void Simulation::meddle_with(Shop& shop) {
  const auto index = static_cast<std::size_t>(1 + below(static_cast<int>(kCharacters.size()) - 1));
  const EndpointId id = shop.endpoints[index];
  switch (below(6)) {
    case 0:
      change_endpoint(id, [](Endpoint& next) { next.state = EndpointState::kPaused; });
      return;
    case 1:
    case 2:
      change_endpoint(id, [](Endpoint& next) { next.state = EndpointState::kActive; });
      return;
    case 3:
      change_endpoint(id, [this](Endpoint& next) {
        next.url = "http://127.0.0.1:8080/moved-" + std::to_string(below(1000));
      });
      return;
    case 4:
      if (shop.guests.size() < 2) {
        shop.guests.push_back(add_endpoint(
            shop, kCharacters[static_cast<std::size_t>(below(kCharacters.size()))], false));
      }
      return;
    default:
      if (shop.guests.empty()) return;
      submit(DeleteEndpoint{.merchant = shop.id, .endpoint = shop.guests.back()});
      shop.guests.pop_back();
      return;
  }
}

PublishedEvent Simulation::next_event(Shop& shop) {
  if (shop.returns.empty() || below(6) == 0) {
    shop.returns.push_back(
        {.id = "ret_" + std::to_string(shop.id.value) + "_" + std::to_string(++shop.returns_made),
         .events_left = 2 + below(11)});
  }
  const auto index = static_cast<std::size_t>(below(static_cast<int>(shop.returns.size())));
  OpenReturn& open = shop.returns[index];
  PublishedEvent event;
  event.type = static_cast<EventType>(below(16));
  event.return_id = open.id;
  event.data_json = R"({"return":{"id":")" + open.id + "\"}}";
  if (--open.events_left == 0) {
    std::swap(open, shop.returns.back());
    shop.returns.pop_back();
  }
  return event;
}

void Simulation::publish(Shop& shop, int count) {
  AcceptEvents accept;
  accept.merchant = shop.id;
  for (int i = 0; i < count; ++i) {
    accept.items.push_back({.event = next_event(shop), .content = {}});
  }
  owed_ += static_cast<std::size_t>(count) * (shop.endpoints.size() + shop.guests.size());
  submit(std::move(accept), [this, &shop](const Result<AcceptEvents::Outcome>& outcome) {
    if (!outcome) return;
    report_.events += outcome->size();
    for (const AcceptEvents::Accepted& event : *outcome)
      shop.answered.insert(event.public_id);
  });
}

// At random, with a burst now and then.
void Simulation::plan_publishing() {
  if (owed_ >= options_.deliveries) return;
  const double posts = static_cast<double>(options_.deliveries) / (kCharacters.size() * 6.0);
  const double mean_ms = static_cast<double>(milliseconds{options_.span}.count()) / posts;
  const double wait = -std::log(1 - random_.unit()) * mean_ms;
  world_.after(milliseconds{1 + static_cast<int>(wait)}, [this] {
    const bool burst = below(200) == 0;
    publish(any_shop(), burst ? 700 : 1 + below(5));
    plan_publishing();
  });
}

void Simulation::heal_everything() {
  healing_ = true;
  for (const auto& [id, receiver] : receivers_)
    receiver->heal();
  for (const Shop& shop : shops_) {
    for (const EndpointId id : shop.endpoints) {
      change_endpoint(id, [](Endpoint& next) { next.state = EndpointState::kActive; });
    }
    for (const EndpointId id : shop.guests) {
      change_endpoint(id, [](Endpoint& next) { next.state = EndpointState::kActive; });
    }
  }
}

void Simulation::drain() {
  const Timestamp until = world_.now() + kDrainMax;
  bool empty = false;
  while (!empty && world_.now() < until) {
    heal_everything();  // What a crash has forgotten, and what was disabled meanwhile.
    step_until([] { return false; }, world_.now() + hours{1});
    const auto pending = process_->store().queue().endpoints_with_pending();
    RF_CHECK(pending.has_value());
    empty = pending->empty();
  }
}

void Simulation::check_final_states() {
  for (Shop& shop : shops_) {
    DeliveryFilter filter{.merchant = shop.id,
                          .endpoint = {},
                          .event_public_id = {},
                          .return_id = {},
                          .status = {},
                          .type = {},
                          .order = ListOrder::kAscending,
                          .from = {},
                          .limit = limits::kPageMax};
    do {
      const auto page = process_->store().deliveries().list(filter);
      RF_CHECK(page.has_value());
      for (const DeliveryRecord& row : page->rows) {
        ++report_.deliveries;
        history_.final_state(row.endpoint, row.id, row.state);
        if (row.endpoint == shop.endpoints.front()) shop.answered.erase(row.event_public_id);
      }
      filter.from = page->next;
    } while (filter.from);
    if (shop.answered.empty()) continue;
    report_.violations.push_back(std::to_string(shop.answered.size()) + " events of merchant " +
                                 std::to_string(shop.id.value) +
                                 " were answered as accepted and are owed to nobody");
  }
}

Report Simulation::run() {
  start_process();
  open_shops();
  plan_publishing();
  plan_meddling();
  plan_crash();
  step_until([this] { return owed_ >= options_.deliveries; }, kStart + 4 * options_.span);
  drain();
  check_final_states();
  report_.commits += process_->store().statistics().commits;
  report_.window_peak = std::max(report_.window_peak, process_->window_peak());
  report_.requests = history_.requests();
  report_.simulated = std::chrono::duration_cast<hours>(world_.now() - kStart);
  report_.undisturbed_p99 = history_.undisturbed_delay(0.99);
  report_.violations.insert(
      report_.violations.end(), history_.violations().begin(), history_.violations().end());
  return report_;
}

}  // namespace

Report simulate(const Options& options) {
  configure_log(LogFormat::kText, LogLevel::kError);  // Failing endpoints are no news here.
  return Simulation(options).run();
}

}  // namespace returnflows::sim

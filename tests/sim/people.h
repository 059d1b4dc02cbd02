#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "tests/sim/sim_process.h"

namespace returnflows::sim {

// How a made-up endpoint of a simulation is.
Endpoint make_endpoint(const World& world, EndpointId id, MerchantId merchant, bool steady);

// How its receiver behaves.
Behaviour some_behaviour(Chance& chance);

// People at the console: they pause and resume endpoints, move, add and delete them, and retry and
// cancel deliveries. They leave steady endpoints alone. Thread: one.
class People {
 public:
  People(const World& world, std::size_t merchants, std::function<SimProcess*()> process)
      : world_(world), merchants_(merchants), process_(std::move(process)) {}

  void start() { plan_next(); }

  void stop() { stopped_ = true; }

  // An answer has just come: now and then somebody retries the delivery at this very moment, so
  // that the retry and the record of the attempt go into one commit.
  void answer_came(EndpointId endpoint, DeliveryId delivery);

  // Something is going on: many act within a minute.
  void gather();

  // The number that the next new endpoint gets.
  void set_next_endpoint(std::int64_t id) { next_endpoint_ = id; }

  // Resumes `endpoint` unless it is active.
  void resume(EndpointId endpoint);

  std::uint64_t actions() const { return actions_; }

 private:
  void plan_next();
  void act();
  EndpointId some_endpoint();
  std::optional<DeliveryId> some_pending();
  void change(EndpointId id, const std::function<void(Endpoint&)>& how);
  void add_endpoint();
  void delete_endpoint();
  void move_endpoint();
  void retry_some();
  void cancel_some();

  template <class Transition>
  void submit(Transition transition);

  const World& world_;
  std::size_t merchants_;
  std::function<SimProcess*()> process_;
  std::int64_t next_endpoint_ = 1;
  std::uint64_t actions_ = 0;
  bool stopped_ = false;
};

}  // namespace returnflows::sim

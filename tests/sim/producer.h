#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/sim_process.h"

namespace returnflows::sim {

// Publishes events for all merchants: a few at a time, and now and then thousands within seconds.
// Several events of one return follow each other closely. Thread: one.
class Producer {
 public:
  // `process` gives the one that lives, or null.
  Producer(const World& world, std::size_t merchants, std::function<SimProcess*()> process)
      : world_(world), merchants_(merchants), process_(std::move(process)) {}

  void start();

  void stop() { stopped_ = true; }

  // Publishes a few at this moment.
  void publish_now();

  // Called at the beginning of a burst.
  std::function<void()> on_burst;

  // Events whose 2xx a producer has got.
  std::uint64_t acknowledged() const { return acknowledged_; }

  // Acknowledgements of events that were not kept.
  std::uint64_t lies() const { return lies_; }

 private:
  void plan_few();
  void plan_burst();
  void burst(MerchantId merchant, std::int64_t events);
  void publish(MerchantId merchant, std::int64_t events);
  void answered(const AcceptEvents::Outcome& accepted);
  MerchantId some_merchant();

  const World& world_;
  std::size_t merchants_;
  std::function<SimProcess*()> process_;
  bool stopped_ = false;
  std::int64_t next_return_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t lies_ = 0;
};

}  // namespace returnflows::sim

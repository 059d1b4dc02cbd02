#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "returnflows/base/clock.h"
#include "returnflows/base/random.h"
#include "returnflows/base/result.h"
#include "returnflows/events/published_event.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/store/journal.h"
#include "returnflows/store/store.h"

namespace returnflows::bench {

// Puts events through the journal and the store as the server does, without a socket: accepted,
// and each of their deliveries settled as delivered as soon as its commit is known.
//
// Thread: the owner's; it must not be a shard's.
class StoreDriver final : public CommitObserver {
 public:
  // `event`: one event as published, on one line, with kBlankMark as its return id.
  // Errors: of the store; kInvalidInput for a bad event.
  static Result<std::unique_ptr<StoreDriver>> open(const std::filesystem::path& folder,
                                                   const std::string& event);
  ~StoreDriver() override;

  struct Load {
    std::uint64_t events = 0;
    std::size_t producers = 64;  // Each waits for its commit before it submits again.
    std::size_t events_per_transition = 1;
  };

  struct Cost {
    std::chrono::duration<double> time{};
    std::chrono::duration<double> cpu{};  // Of the whole process.
    std::uint64_t commits = 0;
    std::uint64_t statements = 0;
  };

  // Blocks until all is settled.
  Cost run(const Load& load);

  Store& store() { return *store_; }

  MerchantId merchant() const { return merchant_; }

  EndpointId endpoint() const { return endpoint_; }

  // The return id of event `number`, as written.
  std::string return_id(std::uint64_t number) const;

  void on_commit(const CommitReport& report) override;

 private:
  StoreDriver() : shard_(0) {}

  Status prepare(const std::filesystem::path& folder, const std::string& event);
  Status add_endpoint();
  AcceptEvents next_events();
  void submit_events();
  void settle(const std::vector<DeliveryId>& deliveries);
  void count_settled();

  SystemClock clock_;
  SystemRandom random_;
  Shard shard_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Journal> journal_;
  PublishedEvent event_;
  std::size_t mark_at_ = 0;  // In event_.data_json.
  MerchantId merchant_;
  EndpointId endpoint_;
  // Of the shard's thread, while run() waits:
  Load load_;
  std::uint64_t next_number_ = 0;
  std::uint64_t submitted_ = 0;
  std::uint64_t settled_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;  // Guarded by mutex_.
};

// The cost of one of `events` as a JSON object: rate, time_us, cpu_us, commits, statements.
std::string cost_per_event(const StoreDriver::Cost& cost, std::uint64_t events);

}  // namespace returnflows::bench

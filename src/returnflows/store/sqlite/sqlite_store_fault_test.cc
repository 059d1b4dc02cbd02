#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/base/random.h"
#include "returnflows/store/sqlite/sqlite_store.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/temporary_folder.h"

// The store on a disk that fails and forgets. What was answered as committed is there afterwards,
// and nothing else.
namespace returnflows {
namespace {

// All that can be read of events and deliveries.
struct Contents {
  std::vector<std::string> events;      // Bodies, in the order of the log.
  std::vector<std::string> deliveries;  // "id state attempts", by ascending id.
  std::size_t endpoints = 0;

  bool operator==(const Contents&) const = default;
};

Contents contents_of(Store& store) {
  Contents contents;
  EventFilter events;
  events.merchant = MerchantId{1};
  const auto event_page = store.events().list(events);
  DeliveryFilter deliveries;
  deliveries.merchant = MerchantId{1};
  deliveries.order = ListOrder::kAscending;
  const auto delivery_page = store.deliveries().list(deliveries);
  if (!event_page || !delivery_page) throw std::runtime_error("the store cannot be read");
  for (const EventRecord& event : event_page->rows) {
    contents.events.push_back(event.body);
  }
  for (const DeliveryRecord& delivery : delivery_page->rows) {
    const auto attempts = store.deliveries().attempts(delivery.id);
    contents.deliveries.push_back(std::to_string(delivery.id.value) + " " +
                                  std::to_string(static_cast<int>(delivery.state)) + " " +
                                  std::to_string(attempts ? attempts->size() : 999));
  }
  contents.endpoints = store.endpoints().all().size();
  return contents;
}

// One transition of the workload; its outcome does not matter here, only whether it failed.
using Step = std::function<Status(TransitionStore&)>;

template <class Transition>
Step step(Transition transition) {
  return [transition](TransitionStore& store) -> Status {
    Transition copy = transition;
    const auto outcome = store.apply(copy);
    if (!outcome) return std::unexpected(outcome.error());
    return {};
  };
}

Step publish(const std::string& return_id, std::size_t bytes = 10) {
  AcceptEvents transition;
  transition.merchant = MerchantId{1};
  transition.items.resize(1);
  transition.items[0].event.return_id = return_id;
  transition.items[0].event.data_json = R"({"note":")" + std::string(bytes, 'x') + R"("})";
  return step(std::move(transition));
}

Step settle(std::int64_t delivery, DeliveryState next_state) {
  SettleAttempt transition;
  transition.delivery = DeliveryId{delivery};
  transition.next_state = next_state;
  return step(std::move(transition));
}

Step create_endpoint() {
  CreateEndpoint transition;
  transition.endpoint.id = EndpointId{10};
  transition.endpoint.merchant = MerchantId{1};
  return step(std::move(transition));
}

// A little of everything, one group each.
std::vector<Step> small_workload() {
  return {create_endpoint(),
          publish("RET-1"),
          publish("RET-1"),
          publish("RET-2", 20'000),
          settle(1, DeliveryState::kDelivered),
          settle(3, DeliveryState::kWaiting),
          step(CancelDelivery{.merchant = MerchantId{1}, .delivery = DeliveryId{2}}),
          step(DeleteEndpoint{.merchant = MerchantId{1}, .endpoint = EndpointId{10}})};
}

// Enough to fill the write-ahead log until it is copied into the database.
std::vector<Step> large_workload() {
  std::vector<Step> steps{create_endpoint()};
  for (int i = 0; i < 6; ++i) {
    steps.push_back(publish("RET-1", 2'000'000));
  }
  return steps;
}

class FaultyDisk : public testing::Test {
 protected:
  FaultyDisk() { new_disk(); }

  ~FaultyDisk() override { register_fault_vfs({}); }

  // Empty, and with the same secrets each time, so that the same steps make the same writes.
  void new_disk() {
    register_fault_vfs({});
    store_.reset();
    random_.emplace(7);
    folder_ = std::make_unique<TemporaryFolder>();
    committed_ = {};
  }

  Status open() {
    auto store = open_sqlite_store({.file = folder_->path() / "faulty.db",
                                    .clock = clock_,
                                    .random = *random_,
                                    .vfs = kFaultVfsName});
    if (!store) return std::unexpected(store.error());
    store_ = std::move(*store);
    return {};
  }

  Status run_group(const Step& step) {
    RF_TRY_STATUS(store_->transitions().begin(clock_.now()));
    RF_TRY_STATUS(step(store_->transitions()));
    if (const auto report = store_->transitions().commit(); !report) {
      return std::unexpected(report.error());
    }
    committed_ = contents_of(*store_);
    return {};
  }

  // Runs `steps` on a fresh disk with `plan`; false when something failed. A failure must be
  // kUnavailable, and the last word of this store.
  bool run(const std::vector<Step>& steps, const FaultPlan& plan) {
    new_disk();
    register_fault_vfs(plan);
    if (const Status opened = open(); !opened) {
      EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable) << opened.error().detail;
      return false;
    }
    for (const Step& step : steps) {
      const Status done = run_group(step);
      if (done) continue;
      EXPECT_EQ(done.error().code, ErrorCode::kUnavailable) << done.error().detail;
      EXPECT_FALSE(store_->transitions().begin(clock_.now())) << "it goes on after a failure";
      return false;
    }
    return true;
  }

  enum class End { kProcess, kPower };

  // Ends the process, or the power, and compares what is there afterwards with what was answered.
  void expect_exactly_the_committed(End end) {
    if (end == End::kPower) cut_power();
    store_.reset();
    register_fault_vfs({});
    const Status reopened = open();
    ASSERT_TRUE(reopened) << reopened.error().detail;
    EXPECT_EQ(contents_of(*store_), committed_);
    EXPECT_TRUE(run_group(publish("RET-1"))) << "it takes events again";
  }

  ManualClock clock_{Timestamp{std::chrono::milliseconds{1'770'429'600'000}}};
  std::optional<SeededRandom> random_;
  std::unique_ptr<TemporaryFolder> folder_;
  std::unique_ptr<Store> store_;
  Contents committed_;
};

// More than any run needs; a run that never succeeds would go on for ever.
constexpr std::int64_t kFaultsMax = 2000;

TEST_F(FaultyDisk, HoldsExactlyWhatWasCommittedWhicheverSyncFails) {
  for (const End end : {End::kProcess, End::kPower}) {
    std::int64_t n = 1;
    while (!run(small_workload(), {.fail_sync_at = n})) {
      SCOPED_TRACE("sync " + std::to_string(n));
      expect_exactly_the_committed(end);
      ASSERT_LT(++n, kFaultsMax);
    }
    EXPECT_GT(n, static_cast<std::int64_t>(small_workload().size())) << "each commit syncs";
  }
}

TEST_F(FaultyDisk, HoldsExactlyWhatWasCommittedWhicheverWriteFails) {
  for (const End end : {End::kProcess, End::kPower}) {
    std::int64_t n = 1;
    while (!run(small_workload(), {.fail_write_at = n})) {
      SCOPED_TRACE("write " + std::to_string(n));
      expect_exactly_the_committed(end);
      ASSERT_LT(++n, kFaultsMax);
    }
    EXPECT_GT(n, static_cast<std::int64_t>(small_workload().size())) << "each commit writes";
  }
}

TEST_F(FaultyDisk, HoldsExactlyWhatWasCommittedWheneverThePowerIsCut) {
  const std::vector<Step> steps = small_workload();
  for (std::size_t groups = 0; groups < steps.size(); ++groups) {
    SCOPED_TRACE("after group " + std::to_string(groups));
    new_disk();
    ASSERT_TRUE(open());
    for (std::size_t i = 0; i < groups; ++i) {
      ASSERT_TRUE(run_group(steps[i]));
    }
    ASSERT_TRUE(store_->transitions().begin(clock_.now()));
    ASSERT_TRUE(steps[groups](store_->transitions()));
    expect_exactly_the_committed(End::kPower);
  }
}

TEST_F(FaultyDisk, IsFoundedAgainWhenThePowerIsCutWhileItIsFounded) {
  std::int64_t n = 1;
  for (;; ++n) {
    new_disk();
    register_fault_vfs({.fail_sync_at = n});
    if (open()) break;
    SCOPED_TRACE("sync " + std::to_string(n));
    expect_exactly_the_committed(End::kPower);
    EXPECT_TRUE(store_->access().find_merchant_by_slug("default"));
    ASSERT_LT(n, kFaultsMax);
  }
  EXPECT_GT(n, 1);
}

// The syncs and writes of the group in which the log is copied into the database.
struct Checkpoint {
  std::int64_t first_sync = 0;
  std::int64_t last_sync = 0;
  std::int64_t first_write = 0;
  std::int64_t last_write = 0;
};

class FaultyCheckpoint : public FaultyDisk {
 protected:
  // Of the first group that syncs more than a new log and its own commit.
  Checkpoint find_checkpoint() {
    new_disk();
    EXPECT_TRUE(open());
    for (const Step& step : large_workload()) {
      const Checkpoint found{.first_sync = fault_vfs_sync_count() + 1,
                             .last_sync = 0,
                             .first_write = fault_vfs_write_count() + 1,
                             .last_write = 0};
      EXPECT_TRUE(run_group(step));
      if (fault_vfs_sync_count() > found.first_sync + 1) {
        return {.first_sync = found.first_sync,
                .last_sync = fault_vfs_sync_count(),
                .first_write = found.first_write,
                .last_write = fault_vfs_write_count()};
      }
    }
    return {};
  }
};

TEST_F(FaultyCheckpoint, LosesNothingWhicheverOfItsSyncsFails) {
  const Checkpoint checkpoint = find_checkpoint();
  ASSERT_GT(checkpoint.last_sync, checkpoint.first_sync) << "no checkpoint came";
  for (std::int64_t n = checkpoint.first_sync; n <= checkpoint.last_sync; ++n) {
    for (const End end : {End::kProcess, End::kPower}) {
      SCOPED_TRACE("sync " + std::to_string(n));
      EXPECT_FALSE(run(large_workload(), {.fail_sync_at = n}));
      expect_exactly_the_committed(end);
    }
  }
}

TEST_F(FaultyCheckpoint, LosesNothingWhenOneOfItsWritesFails) {
  const Checkpoint checkpoint = find_checkpoint();
  const std::int64_t writes = checkpoint.last_write - checkpoint.first_write;
  ASSERT_GT(writes, 100) << "no checkpoint came";
  constexpr std::int64_t kSamples = 8;
  for (std::int64_t i = 0; i <= kSamples; ++i) {
    const std::int64_t n = checkpoint.first_write + writes * i / kSamples;
    SCOPED_TRACE("write " + std::to_string(n));
    EXPECT_FALSE(run(large_workload(), {.fail_write_at = n}));
    expect_exactly_the_committed(End::kPower);
  }
}

// A copy of the database whose write-ahead log is cut off or changed at its end, as a power cut
// in the middle of a write leaves it.
class TornLog : public testing::Test {
 protected:
  // Runs the workload and notes, after each group, how long the log is and what can be read.
  TornLog() {
    auto store = open(folder_.path());
    log_bytes_.push_back(std::filesystem::file_size(log_of(folder_.path())));
    contents_.push_back(contents_of(*store));
    for (const Step& step : small_workload()) {
      TransitionStore& transitions = store->transitions();
      if (!transitions.begin(clock_.now()) || !step(transitions) || !transitions.commit()) {
        throw std::runtime_error("the workload failed");
      }
      log_bytes_.push_back(std::filesystem::file_size(log_of(folder_.path())));
      contents_.push_back(contents_of(*store));
    }
    std::filesystem::copy(folder_.path(), saved_.path(), kCopy);
  }

  std::unique_ptr<Store> open(const std::filesystem::path& folder) {
    auto store =
        open_sqlite_store({.file = folder / "torn.db", .clock = clock_, .random = random_});
    if (!store) throw std::runtime_error(store.error().detail);
    return std::move(*store);
  }

  static std::filesystem::path log_of(const std::filesystem::path& folder) {
    return folder / "torn.db-wal";
  }

  // What a store sees on a copy whose log `tear` has changed.
  Contents contents_after(const std::function<void(const std::filesystem::path&)>& tear) {
    const TemporaryFolder copy;
    std::filesystem::copy(saved_.path(), copy.path(), kCopy);
    std::filesystem::remove(copy.path() / "torn.db-shm");
    tear(log_of(copy.path()));
    return contents_of(*open(copy.path()));
  }

  static constexpr auto kCopy =
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing;

  ManualClock clock_{Timestamp{std::chrono::milliseconds{1'770'429'600'000}}};
  SeededRandom random_{7};
  TemporaryFolder folder_;
  TemporaryFolder saved_;
  std::vector<std::uintmax_t> log_bytes_;
  std::vector<Contents> contents_;
};

TEST_F(TornLog, HoldsTheGroupsThatAreWholeWhereverItIsCut) {
  for (std::size_t group = 1; group < log_bytes_.size(); ++group) {
    const std::uintmax_t before = log_bytes_[group - 1];
    const std::uintmax_t after = log_bytes_[group];
    ASSERT_GT(after, before);
    for (const std::uintmax_t cut : {before, before + 1, (before + after) / 2, after - 1, after}) {
      const Contents seen = contents_after(
          [cut](const std::filesystem::path& log) { std::filesystem::resize_file(log, cut); });
      EXPECT_EQ(seen, contents_[cut == after ? group : group - 1])
          << "group " << group << ", cut at " << cut;
    }
  }
}

TEST_F(TornLog, HoldsTheGroupsBeforeAGroupWhoseBytesAreWrong) {
  for (std::size_t group = 1; group < log_bytes_.size(); ++group) {
    const std::uintmax_t at = (log_bytes_[group - 1] + log_bytes_[group]) / 2;
    const Contents seen = contents_after([at](const std::filesystem::path& log) {
      std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(static_cast<std::streamoff>(at));
      const char byte = static_cast<char>(file.get() ^ 0x55);
      file.seekp(static_cast<std::streamoff>(at));
      file.put(byte);
    });
    EXPECT_EQ(seen, contents_[group - 1]) << "group " << group;
  }
}

}  // namespace
}  // namespace returnflows

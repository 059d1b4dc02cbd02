#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "returnflows/base/clock.h"
#include "returnflows/runtime/offload.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/runtime/task_group.h"

namespace returnflows {
namespace {

TEST(Shard, RunsLettersInOrderOnItsOwnThread) {
  Shard shard(0);
  shard.start();
  std::promise<std::vector<int>> promise;
  std::vector<int> seen;
  for (int i = 0; i < 100; ++i) {
    shard.post([&seen, &shard, i] {
      EXPECT_TRUE(shard.is_current());
      seen.push_back(i);
    });
  }
  shard.post([&] { promise.set_value(seen); });
  const std::vector<int> got = promise.get_future().get();
  ASSERT_EQ(got.size(), 100U);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
  }
}

TEST(Shard, StopsWithATickerRunning) {
  Shard shard(0);
  std::promise<void> ticked;
  shard.every(std::chrono::milliseconds{1}, [&, once = false]() mutable {
    if (!once) ticked.set_value();
    once = true;
  });
  shard.start();
  ticked.get_future().get();
  shard.stop();
  shard.stop();
}

// The shard is kept busy until stop() has been asked for and the ticker has fallen due, so that the
// expired timer stands in the queue behind the letter that stops. A sanitizer would see its handler
// touch the ticker that is gone.
TEST(Shard, StopsWhenATickerHasJustFallenDue) {
  Shard shard(0);
  shard.every(std::chrono::milliseconds{1}, [] {});
  std::promise<void> busy;
  shard.post([&] {
    busy.set_value();
    const Monotonic until = monotonic_now() + std::chrono::milliseconds{20};
    while (monotonic_now() < until) {
      std::this_thread::yield();
    }
  });
  shard.start();
  busy.get_future().get();
  shard.stop();
}

Task<void> work_elsewhere(BlockingPool* pool, Shard* shard, std::promise<bool>* came_back) {
  const std::thread::id worker =
      co_await offload(*pool, *shard, [] { return std::this_thread::get_id(); });
  came_back->set_value(shard->is_current() && worker != std::this_thread::get_id());
}

TEST(Offload, WorksOnThePoolAndComesBackToTheShard) {
  BlockingPool pool(1);
  Shard shard(0);
  shard.start();
  std::promise<bool> came_back;
  std::promise<void> emptied;
  TaskGroup group;
  shard.post([&] {
    group.spawn(shard.executor(), "test", work_elsewhere(&pool, &shard, &came_back));
    group.when_empty([&] { emptied.set_value(); });
  });
  EXPECT_TRUE(came_back.get_future().get());
  emptied.get_future().get();
  pool.join();  // Its thread may still be leaving the shard's queue.
  shard.stop();
  EXPECT_TRUE(group.empty());
}

}  // namespace
}  // namespace returnflows

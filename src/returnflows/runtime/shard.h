#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "returnflows/base/mailbox.h"
#include "returnflows/runtime/task.h"

namespace returnflows {

// One thread with its own event loop. What lives on a shard is touched by no other thread: values
// move in through deliver(), objects do not.
//
// Thread: any for deliver(), post() and executor(); the owner's for start() and stop().
class Shard final : public Mailbox {
 public:
  explicit Shard(std::size_t index);
  ~Shard() override;

  void start();

  // Lets queued work run out, then ends the thread. What is delivered later is destroyed unrun.
  void stop();

  void deliver(std::vector<Letter> letters) override;
  void post(Letter letter);

  // Calls `tick` on the shard's thread every `interval` until the shard stops. One timer serves
  // all connections of a kind: sweeping deadlines is cheaper than a timer for each operation.
  // Runs on: the shard's thread, or before start().
  void every(std::chrono::milliseconds interval, std::move_only_function<void()> tick);

  asio::io_context& context() { return context_; }

  Executor executor() { return context_.get_executor(); }

  std::size_t index() const { return index_; }

  // True on this shard's thread.
  bool is_current() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  struct Ticker;
  void arm(Ticker& ticker);

  std::size_t index_;
  asio::io_context context_;
  asio::executor_work_guard<Executor> work_;
  std::vector<std::unique_ptr<Ticker>> tickers_;
  bool stopping_ = false;  // Of the shard's thread.
  std::thread thread_;
};

// The shards of a process: connections are dealt out over them, endpoints belong to one.
class ShardSet {
 public:
  explicit ShardSet(std::size_t count);

  void start();
  void stop();

  std::size_t size() const { return shards_.size(); }

  Shard& at(std::size_t index) { return *shards_[index]; }

  // The shard of the calling thread, which must be one of theirs.
  Shard& current();

  // The shard that owns whatever has this hash, the same one for the life of the process.
  Shard& owner_of(std::size_t hash) { return *shards_[hash % shards_.size()]; }

 private:
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace returnflows

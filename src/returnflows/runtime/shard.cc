#include "returnflows/runtime/shard.h"

#include <algorithm>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>

#include "returnflows/base/check.h"
#include "returnflows/base/thread_name.h"

namespace returnflows {

struct Shard::Ticker {
  SteadyTimer timer;
  std::chrono::milliseconds interval;
  std::move_only_function<void()> tick;
};

Shard::Shard(std::size_t index)
    : index_(index), context_(1), work_(asio::make_work_guard(context_)) {}

Shard::~Shard() {
  stop();
}

void Shard::start() {
  RF_CHECK(!thread_.joinable());
  thread_ = std::thread([this] {
    name_this_thread(("shard-" + std::to_string(index_)).c_str());
    context_.run();
  });
}

void Shard::stop() {
  if (!thread_.joinable()) return;
  post([this] {
    stopping_ = true;
    for (const auto& ticker : tickers_) {
      ticker->timer.cancel();
    }
    work_.reset();
  });
  thread_.join();
  tickers_.clear();
}

void Shard::deliver(std::vector<Letter> letters) {
  asio::post(context_, [letters = std::move(letters)]() mutable {
    for (auto& letter : letters) {
      letter();
    }
  });
}

void Shard::post(Letter letter) {
  asio::post(context_, [letter = std::move(letter)]() mutable { letter(); });
}

void Shard::every(std::chrono::milliseconds interval, std::move_only_function<void()> tick) {
  tickers_.push_back(std::make_unique<Ticker>(Ticker{.timer = {context_.get_executor(), interval},
                                                     .interval = interval,
                                                     .tick = std::move(tick)}));
  arm(*tickers_.back());
}

void Shard::arm(Ticker& ticker) {
  ticker.timer.expires_after(ticker.interval);
  ticker.timer.async_wait([this, &ticker](const boost::system::error_code& error) {
    // A timer that had expired before stop() cancelled it comes here without an error.
    if (error || stopping_) return;
    ticker.tick();
    arm(ticker);
  });
}

ShardSet::ShardSet(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    shards_.push_back(std::make_unique<Shard>(i));
  }
}

Shard& ShardSet::current() {
  const auto found =
      std::ranges::find_if(shards_, [](const auto& shard) { return shard->is_current(); });
  RF_CHECK(found != shards_.end());
  return **found;
}

void ShardSet::start() {
  for (const auto& shard : shards_) {
    shard->start();
  }
}

void ShardSet::stop() {
  for (const auto& shard : shards_) {
    shard->stop();
  }
}

}  // namespace returnflows

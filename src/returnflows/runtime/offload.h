#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "returnflows/base/mailbox.h"
#include "returnflows/runtime/task.h"

namespace returnflows {

// Threads for what blocks: reads from the store, name resolution. Nothing blocks a shard.
using BlockingPool = asio::thread_pool;

// Turns "call me back on this mailbox" into something a Task can co_await:
//
//   const Result<Page> page = co_await answer_of<Result<Page>>([&](auto done) {
//     journal.submit(std::move(transition), shard, std::move(done));
//   });
//
// `start` runs at once on the awaiting thread and must arrange that the function it is given is
// called exactly once, on the awaiting shard's thread. The answer must be movable.
template <class Answer, class Start>
Task<Answer> answer_of(Start start) {
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Answer)>(
      [](auto handler, Start begin) {
        begin(std::move_only_function<void(Answer)>(
            [handler = std::move(handler)](Answer answer) mutable {
              std::move(handler)(std::move(answer));
            }));
      },
      use_task,
      std::move(start));
}

// Runs `work` on `pool` and gives its result back on `shard`, on which the caller must be running.
// `work` owns what it uses: it may outlive a caller that is being stopped.
template <class Work>
Task<std::invoke_result_t<Work>> offload(BlockingPool& pool, Mailbox& shard, Work work) {
  using Answer = std::invoke_result_t<Work>;
  auto start =
      [&pool, &shard, work = std::move(work)](std::move_only_function<void(Answer)> done) mutable {
        asio::post(pool, [&shard, work = std::move(work), done = std::move(done)]() mutable {
          std::vector<Mailbox::Letter> letters;
          letters.push_back(
              [done = std::move(done), answer = work()]() mutable { done(std::move(answer)); });
          shard.deliver(std::move(letters));
        });
      };
  return answer_of<Answer>(std::move(start));
}

}  // namespace returnflows

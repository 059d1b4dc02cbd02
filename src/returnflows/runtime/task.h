#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace returnflows {

namespace asio = boost::asio;

// All coroutines run on a shard's io_context with the concrete executor type: the compiler refuses
// code on another one, and nothing pays for type erasure.
using Executor = asio::io_context::executor_type;

// A timer on a shard.
using SteadyTimer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                               asio::wait_traits<std::chrono::steady_clock>,
                                               Executor>;

template <class T>
using Task = asio::awaitable<T, Executor>;

// The completion token of every asynchronous operation inside a Task. Named like Asio's own tokens.
// NOLINTNEXTLINE(readability-identifier-naming)
inline constexpr asio::use_awaitable_t<Executor> use_task{};

}  // namespace returnflows

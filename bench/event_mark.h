#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "returnflows/base/clock.h"

namespace returnflows::bench {

// What the load generator writes into each event's return id and the sink reads back from the
// request that arrives: which event it is, and when it was to be sent. Both sides read one
// monotonic clock, that of the machine, so their difference is a latency without any agreement.
//
//   ret_bench_000000000042_0000001234567890123
//             number       nanoseconds of monotonic_now()
struct EventMark {
  std::uint64_t number = 0;
  Monotonic sent_at{};
};

// How a body's template stands for a mark: a whole mark of zeros.
inline constexpr std::string_view kBlankMark = "ret_bench_000000000000_0000000000000000000";

// Overwrites the mark that begins at `at`, which must have room for kBlankMark.
void write_mark(char* at, const EventMark& mark);

// The first mark in `body`; nullopt when there is none.
std::optional<EventMark> find_mark(std::string_view body);

}  // namespace returnflows::bench

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/event_mark.h"
#include "bench/latency_histogram.h"
#include "returnflows/base/clock.h"

namespace returnflows::bench {

// How the sink treats a request; the first part of its path says so, and the second which endpoint
// it came for: /ok/0, /slow/17.
enum class SinkManner : std::uint8_t {
  kOk,     // 200 at once.
  kThird,  // 500 to every third request, whatever it carries, 200 to the others.
  kSlow,   // 200 after a while.
  kHole,   // Never an answer.
};
inline constexpr std::size_t kSinkManners = 4;

struct SinkPlace {
  SinkManner manner{};
  std::size_t endpoint = 0;
};

// nullopt for any other path.
std::optional<SinkPlace> parse_place(std::string_view target);

// What has arrived: how many, which of them twice, and how long they were on their way. A delivery
// is told by its endpoint and the number of its event. Thread: one.
class SinkLedger {
 public:
  // Counts a request that has come in; returns the status to answer with.
  int arrived(const SinkPlace& place, const std::optional<EventMark>& mark, Monotonic now);

  void answered(const SinkPlace& place);

  void clear();

  // By manner: {"ok":{"requests":…,"delivered":…,"duplicates":…,"unmarked":…,"open":…,
  // "open_max":…,"first_at_ns":…,"last_at_ns":…,"latency":{…}},…}
  std::string json() const;

 private:
  struct Page {
    std::uint64_t requests = 0;
    std::uint64_t delivered = 0;   // Answered 200 for the first time.
    std::uint64_t duplicates = 0;  // Arrived again after that.
    std::uint64_t unmarked = 0;
    std::uint64_t open = 0;  // Not answered yet.
    std::uint64_t open_max = 0;
    Monotonic first_at{};
    Monotonic last_at{};
    LatencyHistogram latency;             // Of first arrivals.
    std::vector<std::vector<bool>> seen;  // By endpoint, by number.
  };

  std::array<Page, kSinkManners> pages_;
};

}  // namespace returnflows::bench

#include "bench/sink_ledger.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "bench/report_line.h"

namespace returnflows::bench {
namespace {

constexpr std::array<std::string_view, kSinkManners> kNames{"ok", "third", "slow", "hole"};

std::int64_t nanoseconds_of(Monotonic at) {
  return std::chrono::nanoseconds{at.time_since_epoch()}.count();
}

// False, and noted from now on, the first time it is asked about one number of one endpoint.
bool is_noted_already(std::vector<std::vector<bool>>& marks,
                      std::size_t endpoint,
                      std::uint64_t number) {
  if (marks.size() <= endpoint) marks.resize(endpoint + 1);
  std::vector<bool>& noted = marks[endpoint];
  if (noted.size() <= number) noted.resize(std::max<std::size_t>(number + 1, noted.size() * 2));
  const bool before = noted[number];
  noted[number] = true;
  return before;
}

}  // namespace

std::optional<SinkPlace> parse_place(std::string_view target) {
  if (!target.starts_with('/')) return std::nullopt;
  target.remove_prefix(1);
  const std::size_t slash = target.find('/');
  const auto name = std::ranges::find(kNames, target.substr(0, slash));
  if (slash == std::string_view::npos || name == kNames.end()) return std::nullopt;
  SinkPlace place{.manner = static_cast<SinkManner>(name - kNames.begin())};
  const std::string_view digits = target.substr(slash + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), place.endpoint);
  if (error != std::errc{}) return std::nullopt;
  return place;
}

int SinkLedger::arrived(const SinkPlace& place,
                        const std::optional<EventMark>& mark,
                        Monotonic now) {
  Page& page = pages_[static_cast<std::size_t>(place.manner)];
  if (page.requests == 0) page.first_at = now;
  page.last_at = now;
  ++page.requests;
  page.open_max = std::max(page.open_max, ++page.open);
  if (place.manner == SinkManner::kThird && page.requests % 3 == 0) return 500;
  if (!mark) {
    ++page.unmarked;
    return 200;
  }
  if (place.manner == SinkManner::kHole) return 200;
  if (is_noted_already(page.seen, place.endpoint, mark->number)) {
    ++page.duplicates;
    return 200;
  }
  ++page.delivered;
  page.latency.record(now - mark->sent_at);
  return 200;
}

void SinkLedger::answered(const SinkPlace& place) {
  --pages_[static_cast<std::size_t>(place.manner)].open;
}

void SinkLedger::clear() {
  for (Page& page : pages_) {
    const std::uint64_t open = page.open;
    page = Page{};
    page.open = open;
  }
}

std::string SinkLedger::json() const {
  ReportLine all;
  for (std::size_t i = 0; i < kSinkManners; ++i) {
    const Page& page = pages_[i];
    all.add_json(kNames[i],
                 ReportLine()
                     .add("requests", page.requests)
                     .add("delivered", page.delivered)
                     .add("duplicates", page.duplicates)
                     .add("unmarked", page.unmarked)
                     .add("open", page.open)
                     .add("open_max", page.open_max)
                     .add("first_at_ns", nanoseconds_of(page.first_at))
                     .add("last_at_ns", nanoseconds_of(page.last_at))
                     .add_json("latency", page.latency.json())
                     .text());
  }
  return all.text();
}

}  // namespace returnflows::bench

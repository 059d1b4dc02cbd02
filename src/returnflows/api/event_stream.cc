#include "returnflows/api/event_stream.h"

#include <algorithm>
#include <list>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>

#include "returnflows/base/limits.h"
#include "returnflows/observability/log.h"

namespace returnflows {
namespace {

constexpr std::chrono::seconds kHeartbeat{15};
constexpr std::size_t kEventsPerRead = 100;

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>,
                                         Executor>;

std::string frame_of(const EventRecord& event) {
  std::string frame = "id: " + event.public_id + "\nevent: ";
  frame += event_type_name(event.type);
  frame += "\ndata: ";
  // The envelope is one line but for what a producer wrote inside `data`: line ends between JSON
  // tokens become spaces, so that the frame stays one field. Inside strings they cannot stand.
  for (const char c : event.body) {
    frame += c == '\n' || c == '\r' ? ' ' : c;
  }
  frame += "\n\n";
  return frame;
}

}  // namespace

// The streams of one shard that wait. Touched on its thread only, but for `waiting`.
struct EventStreamHub::ShardStreams {
  explicit ShardStreams(Shard& owner) : shard(owner) {}

  Shard& shard;
  std::list<Timer*> timers;
  std::atomic<bool> wake_posted{false};

  void wake() {
    for (Timer* timer : timers) {
      timer->cancel();
    }
  }
};

EventStreamHub::EventStreamHub(ShardSet& shards) {
  for (std::size_t i = 0; i < shards.size(); ++i) {
    streams_.push_back(std::make_unique<ShardStreams>(shards.at(i)));
  }
}

EventStreamHub::~EventStreamHub() = default;

void EventStreamHub::on_commit(const CommitReport& report) {
  if (!report.last_event.is_set()) return;
  newest_ = report.last_event.value;
  if (open_ > 0) wake_all();
}

// One letter per shard is enough, however many commits there are before it is read.
void EventStreamHub::wake_all() {
  for (const auto& streams : streams_) {
    if (streams->wake_posted.exchange(true)) continue;
    streams->shard.post([&streams = *streams] {
      streams.wake_posted = false;
      streams.wake();
    });
  }
}

Task<void> EventStreamHub::wait_for_news(EventId seen,
                                         Shard* shard,
                                         std::chrono::milliseconds patience) {
  ShardStreams& streams = *streams_[shard->index()];
  if (newest_ > seen.value) co_return;
  Timer timer(shard->executor());
  timer.expires_after(patience);
  const auto place = streams.timers.insert(streams.timers.end(), &timer);
  boost::system::error_code ignored;  // Cancelled means woken.
  co_await timer.async_wait(asio::redirect_error(use_task, ignored));
  streams.timers.erase(place);
}

bool EventStreamHub::enter() {
  if (open_.fetch_add(1) < limits::kEventStreamsMax) return true;
  open_.fetch_sub(1);
  return false;
}

void EventStreamHub::leave() {
  open_.fetch_sub(1);
}

Task<void> stream_events(Services* services,
                         Shard* shard,
                         StreamQuestion question,
                         StreamWriter* writer) {
  EventFilter filter;
  filter.merchant = question.merchant;
  filter.type = question.type;
  filter.from = question.after.value;
  filter.limit = kEventsPerRead;
  const std::string hello = ": connected\n\n";
  bool open = co_await writer->write(hello);
  while (open) {
    // What is older than this is seen by the read below, even where the filter leaves it out.
    const auto newest = co_await offload(
        services->storage_pool, *shard, [services] { return services->store.events().newest(); });
    auto page = co_await offload(services->storage_pool, *shard, [services, filter] {
      return services->store.events().list(filter);
    });
    if (!page || !newest) {
      log_line(LogLevel::kError,
               "an event stream ended: the log could not be read",
               {{"error", page ? newest.error().detail : page.error().detail}});
      break;
    }
    std::string frames;
    for (const EventRecord& event : page->rows) {
      frames += frame_of(event);
      filter.from = event.id.value;
    }
    if (!frames.empty()) open = co_await writer->write(std::move(frames));
    if (page->next) continue;
    filter.from = std::max(filter.from.value_or(0), newest->value);
    co_await services->streams.wait_for_news(EventId{*filter.from}, shard, kHeartbeat);
    if (writer->closed()) break;
    if (page->rows.empty()) open = co_await writer->write(": still here\n\n");
  }
  services->streams.leave();
}

}  // namespace returnflows

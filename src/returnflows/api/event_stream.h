#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "returnflows/api/call.h"
#include "returnflows/events/event_type.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/store/journal.h"

namespace returnflows {

// Wakes event streams when there is something new in the log. Streams read the log themselves, each
// from where it is: a slow reader falls behind and costs no memory.
//
// Thread: on_commit() on the journal's; the rest on shards.
class EventStreamHub final : public CommitObserver {
 public:
  explicit EventStreamHub(ShardSet& shards);
  ~EventStreamHub() override;

  void on_commit(const CommitReport& report) override;

  // Returns when events newer than `seen` may be in the log, or after `patience`.
  Task<void> wait_for_news(EventId seen, Shard* shard, std::chrono::milliseconds patience);

  // Wakes all, so that they see that the server stops.
  void wake_all();

  // Takes a place among limits::kEventStreamsMax; false when there is none.
  bool enter();
  void leave();

 private:
  struct ShardStreams;

  std::vector<std::unique_ptr<ShardStreams>> streams_;
  std::atomic<std::int64_t> newest_{0};
  std::atomic<std::size_t> open_{0};
};

// Where a stream starts and what it shows.
struct StreamQuestion {
  MerchantId merchant;
  EventId after;  // Exclusive.
  std::optional<EventType> type;
};

// Sends events as server-sent events (WHATWG HTML §9.2) until the reader goes: `id:` is the public
// id, `event:` the type, `data:` the envelope on one line; a comment every 15 s keeps proxies from
// closing. Runs on: the call's shard. `call` and `writer` outlive it.
Task<void> stream_events(Services* services,
                         Shard* shard,
                         StreamQuestion question,
                         StreamWriter* writer);

}  // namespace returnflows

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "returnflows/api/api_context.h"
#include "returnflows/api/response.h"
#include "returnflows/store/journal.h"

namespace returnflows {

class EventStream;

// Wakes event streams when something was committed. Thread: on_commit() on the journal's; the rest
// on the shards'. It must outlive the journal's thread.
class EventStreamHub final : public CommitObserver {
 public:
  explicit EventStreamHub(ShardSet& shards);

  void on_commit(const CommitReport& report) override;

  // The newest row that was reported while there were streams; 0 before.
  std::int64_t newest() const { return newest_.load(); }

  // A place among limits::kEventStreamsMax; false when there is none. give_back() returns it.
  bool take_place();
  void give_back();

  std::size_t streams() const { return places_.load(); }

 private:
  friend class EventStream;

  // The streams of one shard.
  struct Waiting {
    std::unordered_set<EventStream*> streams;  // Shard-affine.
    std::atomic<bool> letter_is_under_way{false};
  };

  ShardSet& shards_;
  std::vector<std::unique_ptr<Waiting>> waiting_;  // By shard.
  std::atomic<std::size_t> places_{0};
  std::atomic<std::int64_t> newest_{0};
};

// One client's stream of a merchant's events: reads the log behind its position page by page, and
// waits for commits when it is at the end. A slow reader falls behind in the log, nothing more.
// Thread: shard-affine.
class EventStream final : public BodySource {
 public:
  struct Question {
    MerchantId merchant;
    std::optional<EventType> type;
    std::int64_t after = 0;  // Row of the event to go on behind.
    Sha256 key_sha256{};     // The stream ends when this key is revoked.
  };

  // A place of the hub must have been taken; the stream gives it back.
  EventStream(ApiContext& context, EventStreamHub& hub, Shard& shard, const Question& question);
  ~EventStream() override;
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // Events as `id:`, `event:` and `data:` lines, or a comment when nothing happened for
  // limits::kEventStreamHeartbeat. Ends when stop() was called, the key was revoked, or the log
  // cannot be read.
  Task<std::optional<std::string>> next() override;

  void stop() override;

  void wake();

 private:
  struct Piece {
    std::string text;
    std::int64_t position = 0;
    bool more = false;
  };

  Task<Result<Piece>> read_log();

  ApiContext& context_;
  EventStreamHub& hub_;
  Shard& shard_;
  Question question_;
  SteadyTimer timer_;
  bool greeted_ = false;
  bool stopped_ = false;
  bool more_ = true;  // The log has not been read to its end.
  bool woken_ = false;
};

// Appends one event in the form of text/event-stream (WHATWG HTML §9.2).
void append_stream_event(std::string& out, const EventRecord& event);

}  // namespace returnflows

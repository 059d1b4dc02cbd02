#include "returnflows/api/event_stream.h"

#include <algorithm>
#include <utility>

#include <boost/asio/redirect_error.hpp>

#include "returnflows/base/limits.h"
#include "returnflows/observability/log.h"

namespace returnflows {
namespace {

// A comment first, so that the client sees its stream open before anything happens; and how long
// to wait before connecting again.
constexpr std::string_view kGreeting = ": stream of events\nretry: 1000\n\n";
constexpr std::string_view kHeartbeat = ": nothing new\n\n";

}  // namespace

void append_stream_event(std::string& out, const EventRecord& event) {
  out += "id: ";
  out += event.public_id;
  out += "\nevent: ";
  out += event_type_name(event.type);
  out += "\ndata: ";
  // Outside of strings, where they are escaped, JSON may have line breaks between its tokens: each
  // begins a new `data` line, and the reader joins them again.
  std::string_view rest = event.body;
  for (;;) {
    const std::size_t line_break = rest.find_first_of("\r\n");
    out += rest.substr(0, line_break);
    if (line_break == std::string_view::npos) break;
    rest.remove_prefix(line_break + (rest.substr(line_break).starts_with("\r\n") ? 2 : 1));
    out += "\ndata: ";
  }
  out += "\n\n";
}

EventStreamHub::EventStreamHub(ShardSet& shards) : shards_(shards) {
  for (std::size_t i = 0; i < shards.size(); ++i) {
    waiting_.push_back(std::make_unique<Waiting>());
  }
}

bool EventStreamHub::take_place() {
  if (places_.fetch_add(1) < limits::kEventStreamsMax) return true;
  places_.fetch_sub(1);
  return false;
}

void EventStreamHub::give_back() {
  places_.fetch_sub(1);
}

void EventStreamHub::on_commit(const CommitReport& report) {
  if (!report.last_event.is_set() || places_.load() == 0) return;
  newest_.store(report.last_event.value);
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    Waiting& waiting = *waiting_[i];
    if (waiting.letter_is_under_way.exchange(true)) continue;
    shards_.at(i).post([&waiting] {
      waiting.letter_is_under_way.store(false);
      for (EventStream* stream : waiting.streams) {
        stream->wake();
      }
    });
  }
}

EventStream::EventStream(ApiContext& context,
                         EventStreamHub& hub,
                         Shard& shard,
                         const Question& question)
    : context_(context), hub_(hub), shard_(shard), question_(question), timer_(shard.executor()) {
  hub_.waiting_[shard_.index()]->streams.insert(this);
}

EventStream::~EventStream() {
  hub_.waiting_[shard_.index()]->streams.erase(this);
  hub_.give_back();
}

void EventStream::wake() {
  woken_ = true;
  timer_.cancel();
}

void EventStream::stop() {
  stopped_ = true;
  timer_.cancel();
}

Task<Result<EventStream::Piece>> EventStream::read_log() {
  const EventFilter filter{.merchant = question_.merchant,
                           .type = question_.type,
                           .return_id = std::nullopt,
                           .since = std::nullopt,
                           .until = std::nullopt,
                           .order = ListOrder::kAscending,
                           .from = question_.after,
                           .limit = limits::kEventStreamPage};
  auto work = [log = &context_.parts.store.events(), filter]() -> Result<Piece> {
    // Asked first: everything up to it is seen by the list, so that a stream that few events
    // concern does not read the others again each time.
    RF_TRY(const EventId newest, log->newest());
    RF_TRY(const Page<EventRecord> page, log->list(filter));
    Piece piece{.text = {}, .position = *filter.from, .more = page.next.has_value()};
    for (const EventRecord& event : page.rows) {
      append_stream_event(piece.text, event);
      piece.position = std::max(piece.position, event.id.value);
    }
    piece.position = std::max(piece.position, page.next.value_or(newest.value));
    return piece;
  };
  return context_.read(&shard_, std::move(work));
}

Task<std::optional<std::string>> EventStream::next() {
  if (!std::exchange(greeted_, true)) co_return std::string{kGreeting};
  while (!stopped_) {
    if (!context_.authenticator.still_valid(question_.key_sha256)) co_return std::nullopt;
    if (std::exchange(woken_, false) && hub_.newest() > question_.after) more_ = true;
    if (more_) {
      Result<Piece> piece = co_await read_log();
      if (!piece) {
        log_line(LogLevel::kError,
                 "an event stream could not read the log",
                 {{.name = "error", .value = piece.error().detail}});
        co_return std::nullopt;
      }
      more_ = piece->more;
      question_.after = piece->position;
      if (!piece->text.empty()) co_return std::move(piece->text);
      continue;
    }
    if (woken_) continue;
    timer_.expires_after(limits::kEventStreamHeartbeat);
    boost::system::error_code error;
    co_await timer_.async_wait(asio::redirect_error(use_task, error));
    if (!error && !woken_ && !stopped_) co_return std::string{kHeartbeat};
  }
  co_return std::nullopt;
}

}  // namespace returnflows

#include "returnflows/cli/event_follower.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "returnflows/base/result.h"
#include "returnflows/cli/api_client.h"
#include "returnflows/cli/event_stream_parser.h"
#include "returnflows/cli/session.h"
#include "returnflows/events/event_type.h"

namespace returnflows {
namespace {

constexpr std::chrono::milliseconds kPauseMin{1'000};
constexpr std::chrono::milliseconds kPauseMax{30'000};

}  // namespace

Status EventFollower::follow(const Handlers& handlers) {
  ApiCall call{.path = "/v1/events/stream"};
  // The server filters by one type; more are filtered here.
  if (request_.types.size() == 1) call.query.emplace_back("type", request_.types.front());
  EventStreamParser parser;
  bool was_open = false;
  auto pause = kPauseMin;
  const ApiClient::StreamEvents events{.on_open =
                                           [&] {
                                             if (!std::exchange(was_open, true))
                                               handlers.on_ready();
                                           },
                                       .on_event =
                                           [&](const StreamEvent& event) {
                                             pause = kPauseMin;
                                             if (is_wanted(event)) {
                                               ++seen_;
                                               handlers.on_event(event);
                                             }
                                             return !is_done();
                                           }};
  while (!is_done()) {
    ApiCall next = call;
    // Once an id is known, Last-Event-ID says it better.
    if (parser.last_id().empty()) next.query.emplace_back("after", request_.after);
    const Status status = session_.api().follow_events(next, parser, events);
    if (is_done()) break;
    if (!status && (!was_open || !is_retryable(status.error().code))) return status;
    session_.terminal().note("the connection ended; connecting again");
    pause_(std::max(pause, parser.retry().value_or(kPauseMin)));
    pause = std::min(2 * pause, kPauseMax);
  }
  return {};
}

bool EventFollower::is_wanted(const StreamEvent& event) const {
  return request_.types.empty() ||
         std::ranges::find(request_.types, event.type) != request_.types.end();
}

bool EventFollower::is_done() const {
  return (request_.count_max > 0 && seen_ >= request_.count_max) || !session_.terminal().is_open();
}

void pause_for(std::chrono::milliseconds duration) {
  boost::asio::io_context context{1};
  boost::asio::steady_timer timer(context, duration);
  timer.wait();
}

Status check_event_types(const std::vector<std::string>& types) {
  for (const std::string& type : types) {
    if (find_event_type(type)) continue;
    return fail(ErrorCode::kInvalidInput, unknown_event_type_sentence(type));
  }
  return {};
}

}  // namespace returnflows

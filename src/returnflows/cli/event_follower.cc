#include "returnflows/cli/event_follower.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "returnflows/base/result.h"
#include "returnflows/cli/api_client.h"
#include "returnflows/cli/event_stream_parser.h"
#include "returnflows/cli/http_exchange.h"
#include "returnflows/cli/session.h"
#include "returnflows/events/event_type.h"

namespace returnflows {
namespace {

constexpr std::chrono::milliseconds kPauseMin{1'000};
constexpr std::chrono::milliseconds kPauseMax{30'000};

}  // namespace

Status EventFollower::follow(const std::function<void(const StreamEvent&)>& on_event) {
  ApiCall call{.path = "/v1/events/stream", .query = {{"after", request_.after}}};
  // The server filters by one type; more are filtered here.
  if (request_.types.size() == 1) call.query.emplace_back("type", request_.types.front());
  EventStreamParser parser;
  auto pause = kPauseMin;
  for (bool first = true; !is_done(); first = false) {
    const std::size_t seen_before = seen_;
    const Status status = session_.api().follow_events(call, parser, [&](const StreamEvent& event) {
      if (is_wanted(event)) {
        ++seen_;
        on_event(event);
      }
      return !is_done();
    });
    if (is_done()) break;
    const bool broken = !status && status.error().reason == kCannotConnect;
    if (!status && (first || !broken) && seen_ == seen_before) return status;
    if (!status && !broken) return status;
    if (!parser.last_id().empty()) call.query.clear();  // Last-Event-ID says it from now on.
    if (seen_ != seen_before) pause = kPauseMin;
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

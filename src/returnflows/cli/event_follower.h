#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/cli/event_stream_parser.h"
#include "returnflows/cli/session.h"

namespace returnflows {

// What `events tail` and `listen` wait for.
struct FollowRequest {
  std::vector<std::string> types = {};  // Empty: all.
  std::string after = {};               // Start behind this event; empty: from now on.
  std::size_t count_max = 0;            // Return after this many events; 0: never.
};

// Follows the server's events. When the connection breaks it connects again behind the last event
// that was seen, so that none is missed; the pause doubles from one second to thirty.
class EventFollower {
 public:
  using Pause = std::function<void(std::chrono::milliseconds)>;

  // `pause` is waited with; tests give one that does not.
  EventFollower(const Session& session, FollowRequest request, Pause pause)
      : session_(session), request_(std::move(request)), pause_(std::move(pause)) {}

  struct Handlers {
    std::function<void()> on_ready;  // Once: from now on no event is missed.
    std::function<void(const StreamEvent&)> on_event;
  };

  // Calls `on_event` for every wanted event until the count is reached or standard output is
  // closed. Errors: what keeps the first connection from opening, and refusals that will not
  // change. After that, broken connections are tried again for ever.
  Status follow(const Handlers& handlers);

 private:
  bool is_wanted(const StreamEvent& event) const;
  bool is_done() const;

  const Session& session_;
  FollowRequest request_;
  Pause pause_;
  std::size_t seen_ = 0;
};

// Waits in the calling thread.
void pause_for(std::chrono::milliseconds duration);

// Errors: kInvalidInput that names the unknown type and the nearest known one.
Status check_event_types(const std::vector<std::string>& types);

}  // namespace returnflows

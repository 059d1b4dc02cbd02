#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/api/api_context.h"
#include "returnflows/api/event_stream.h"
#include "returnflows/api/http_server.h"
#include "returnflows/api/return_waits.h"
#include "returnflows/api/router.h"
#include "returnflows/base/result.h"

namespace returnflows {

// The HTTP API: everything between a port and the store's interfaces.
//
// The observers belong into the journal's list, so this must be made before the journal starts
// and die after it has stopped. Thread: the owner's, which is none of the shards'; the shards run
// from before start() until after stop().
class ApiServer {
 public:
  explicit ApiServer(ApiParts parts);

  // Binds. `host` is an address or "localhost"; port 0 takes a free one.
  // Errors: kInvalidInput, kUnavailable, with the fix.
  Result<void> listen(const std::string& host, std::uint16_t port);

  // The port that is listened on.
  std::uint16_t port() const { return http_.port(); }

  // Answers requests from now on.
  void start();

  // Stops accepting, ends event streams, lets requests finish until `patience` is over, closes what
  // is left. Needs the journal to be running still: requests may wait for a commit.
  void stop(std::chrono::milliseconds patience);

  // Those who hear of commits: event streams, and requests that wait for a return.
  std::vector<CommitObserver*> observers() { return {&hub_, &waits_}; }

  // Method and pattern of every route, sorted.
  std::vector<std::pair<std::string, std::string>> routes() const { return router_.list(); }

  std::size_t connections() const { return http_.connections(); }

  std::size_t event_streams() const { return hub_.streams(); }

 private:
  ApiContext context_;
  EventStreamHub hub_;
  ReturnWaits waits_;
  Router router_;
  HttpServer http_;
};

}  // namespace returnflows

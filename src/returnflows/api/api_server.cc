#include "returnflows/api/api_server.h"

#include "returnflows/api/routes.h"

namespace returnflows {

ApiServer::ApiServer(ApiParts parts)
    : context_(std::move(parts)),
      hub_(context_.parts.shards),
      router_(all_routes(context_, hub_, waits_)),
      http_({.shards = context_.parts.shards,
             .router = router_,
             .authenticator = context_.authenticator,
             .metrics = context_.parts.metrics,
             .clock = context_.parts.clock}) {}

Result<void> ApiServer::listen(const std::string& host, std::uint16_t port) {
  return http_.listen(host, port);
}

void ApiServer::start() {
  http_.start();
}

void ApiServer::stop(std::chrono::milliseconds patience) {
  http_.stop(patience);
}

}  // namespace returnflows

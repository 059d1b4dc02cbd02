#include "returnflows/api/api_server.h"

#include <optional>
#include <utility>
#include <vector>

#include "returnflows/api/auth.h"
#include "returnflows/api/event_stream.h"
#include "returnflows/api/http_server.h"
#include "returnflows/api/problem.h"
#include "returnflows/api/router.h"
#include "returnflows/observability/log.h"

namespace returnflows {
namespace {

// Bodies are JSON, and for batches NDJSON; a missing content-type counts as JSON.
bool accepts_content_type(const Route& route, const Request& request) {
  if (request.body.empty()) return true;
  std::string_view type = request.header("content-type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) {
    type.remove_suffix(1);
  }
  return type.empty() || type == "application/json" || type == "application/merge-patch+json" ||
         (route.accepts_ndjson && type == "application/x-ndjson");
}

Response no_route(const Router::Match& match, const Request& request) {
  if (match.allowed.empty()) {
    return problem(404,
                   "not_found",
                   "there is nothing at this address; GET /openapi.json lists what there is");
  }
  Response response =
      problem(405,
              "method_not_allowed",
              std::string{request.method} + " is not for this address; it takes " + match.allowed);
  response.headers.emplace_back("allow", match.allowed);
  return response;
}

}  // namespace

struct ApiServer::State final : HttpApplication {
  explicit State(ApiParts given)
      : parts(std::move(given)),
        router(all_routes()),
        streams(parts.shards),
        server(parts.shards, *this) {
    for (std::size_t i = 0; i < parts.shards.size(); ++i) {
      parsers.push_back(std::make_unique<EventParser>());
    }
  }

  std::size_t body_bytes_max(std::string_view method, std::string_view path) const override {
    const Router::Match match = router.find(method, path);
    return match.route == nullptr ? limits::kRequestBytesMax : match.route->body_bytes_max;
  }

  Task<Response> handle(const Request* request, Shard* shard) override {
    const Monotonic started = monotonic_now();
    Router::Match match = router.find(request->method, request->path);
    const std::string_view route = match.route == nullptr ? "unmatched" : match.route->pattern;
    Response response = co_await route_request(request, shard, std::move(match));
    parts.metrics.request_finished(
        route,
        request->method,
        response.status,
        std::chrono::duration_cast<std::chrono::microseconds>(monotonic_now() - started));
    if (response.status >= 500) {
      log_line(
          LogLevel::kError,
          "a request failed",
          {{"route", route}, {"status", std::int64_t{response.status}}, {"answer", response.body}});
    }
    co_return response;
  }

  Task<Response> route_request(const Request* request, Shard* shard, Router::Match match) {
    if (match.route == nullptr) co_return no_route(match, *request);
    auto caller = authenticate(*request, parts.store, match.route->access);
    if (!caller) co_return problem(caller.error());
    if (!accepts_content_type(*match.route, *request)) {
      co_return problem(415,
                        "unsupported_media_type",
                        match.route->accepts_ndjson
                            ? "send the body as application/json or application/x-ndjson"
                            : "send the body as application/json");
    }
    Call call{.request = *request,
              .services = *services,
              .shard = *shard,
              .event_parser = *parsers[shard->index()],
              .caller = std::move(*caller),
              .parameters = std::move(match.parameters)};
    co_return co_await match.route->handler(&call);
  }

  ApiParts parts;
  Router router;
  EventStreamHub streams;
  std::vector<std::unique_ptr<EventParser>> parsers;  // By shard.
  std::optional<Services> services;
  HttpServer server;
};

ApiServer::ApiServer(ApiParts parts) : state_(std::make_unique<State>(std::move(parts))) {}

ApiServer::~ApiServer() = default;

CommitObserver& ApiServer::observer() {
  return state_->streams;
}

Status ApiServer::listen(Journal& journal, const std::string& host, std::uint16_t port) {
  const ApiParts& parts = state_->parts;
  state_->services.emplace(Services{.journal = journal,
                                    .store = parts.store,
                                    .secrets = parts.secrets,
                                    .egress = parts.egress,
                                    .clock = parts.clock,
                                    .random = parts.random,
                                    .storage_pool = parts.storage_pool,
                                    .metrics = parts.metrics,
                                    .control = parts.control,
                                    .streams = state_->streams,
                                    .version = parts.version});
  return state_->server.listen(host, port);
}

std::uint16_t ApiServer::port() const {
  return state_->server.port();
}

void ApiServer::stop(std::chrono::milliseconds grace) {
  state_->streams.wake_all();
  state_->server.stop(grace);
}

}  // namespace returnflows

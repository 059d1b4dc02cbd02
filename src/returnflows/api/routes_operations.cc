#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/api/json_input.h"
#include "returnflows/api/openapi.h"
#include "returnflows/api/problem.h"
#include "returnflows/api/query.h"
#include "returnflows/api/routes.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/base/limits.h"
#include "returnflows/events/envelope.h"

namespace returnflows {
namespace {

std::unexpected<Error> no_test_clock() {
  return fail(ErrorCode::kNotFound,
              "This server keeps the real time; start it with 'serve --test-clock' to move it.");
}

class OperationRoutes {
 public:
  explicit OperationRoutes(ApiContext& context)
      : context_(context), openapi_(openapi_document(context.parts.version)) {}

  Task<Response> health(Request request);
  Task<Response> readiness(Request request);
  Task<Response> metrics(Request request);
  Task<Response> version(Request request);
  Task<Response> openapi(Request request);
  Task<Response> show_test_clock(Request request);
  Task<Response> move_test_clock(Request request);

 private:
  Response clock_response(Timestamp now) const;

  ApiContext& context_;
  std::string openapi_;
};

Task<Response> OperationRoutes::health(Request) {
  co_return Response{.body = R"({"status":"ok"})"};
}

Task<Response> OperationRoutes::readiness(Request) {
  if (context_.parts.control.ready() && context_.parts.journal.healthy()) {
    co_return Response{.body = R"({"status":"ready"})"};
  }
  co_return problem_response(
      Error{.code = ErrorCode::kUnavailable,
            .detail = "The server is starting or stopping, or its disk has failed."});
}

Task<Response> OperationRoutes::metrics(Request request) {
  // The numbers that are read when asked for may take locks, so not on the shard.
  auto work = [metrics = &context_.parts.metrics] { return metrics->render(); };
  std::string text = co_await context_.read(request.shard, std::move(work));
  co_return Response{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                     .body = std::move(text)};
}

Task<Response> OperationRoutes::version(Request) {
  Response response;
  JsonWriter json(response.body);
  json.open_object();
  json.member("version", context_.parts.version);
  json.member("api_version", kApiVersion);
  json.close_object();
  co_return response;
}

Task<Response> OperationRoutes::openapi(Request) {
  co_return Response{.body = openapi_};
}

Response OperationRoutes::clock_response(Timestamp now) const {
  Response response;
  JsonWriter json(response.body);
  json.open_object();
  json.member("now", now);
  json.member("real_now", context_.parts.clock.real_now());
  json.close_object();
  return response;
}

Task<Response> OperationRoutes::show_test_clock(Request) {
  if (!context_.parts.control.has_test_clock()) co_return problem_response(no_test_clock().error());
  co_return clock_response(context_.parts.clock.now());
}

Task<Response> OperationRoutes::move_test_clock(Request request) {
  if (!context_.parts.control.has_test_clock()) co_return problem_response(no_test_clock().error());
  const auto body = parse_json_object(request.body);
  if (!body) co_return problem_response(body.error());
  JsonFields fields(*body, {"advance_seconds"});
  const auto step =
      fields.integer("advance_seconds", 0, std::chrono::seconds{limits::kTestClockStepMax}.count());
  if (!step && !fields.reported("/advance_seconds")) {
    fields.report("/advance_seconds", "This field is required: how far to move the clock.");
  }
  if (const Status read = fields.finish(); !read) co_return problem_response(read.error());
  const auto moved = co_await context_.parts.control.advance_clock(std::chrono::seconds{*step});
  if (!moved) co_return problem_response(moved.error());
  co_return clock_response(*moved);
}

}  // namespace

void add_operation_routes(std::vector<Route>& routes, ApiContext& context) {
  const auto owner = std::make_shared<OperationRoutes>(context);
  const auto add_public = [&](std::string_view pattern, auto handle) {
    routes.push_back(
        route_to(Method::kGet, pattern, Access::kPublic, BodyKind::kNone, owner, handle));
  };
  add_public("/healthz", &OperationRoutes::health);
  add_public("/readyz", &OperationRoutes::readiness);
  add_public("/metrics", &OperationRoutes::metrics);
  add_public("/version", &OperationRoutes::version);
  add_public("/openapi.json", &OperationRoutes::openapi);
  routes.push_back(route_to(Method::kGet,
                            "/v1/test-clock",
                            Access::kPlatform,
                            BodyKind::kNone,
                            owner,
                            &OperationRoutes::show_test_clock));
  routes.push_back(route_to(Method::kPost,
                            "/v1/test-clock",
                            Access::kPlatform,
                            BodyKind::kJson,
                            owner,
                            &OperationRoutes::move_test_clock));
}

}  // namespace returnflows

#include <charconv>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "returnflows/api/openapi.h"
#include "returnflows/api/problem.h"
#include "returnflows/api/router.h"
#include "returnflows/base/time_text.h"
#include "returnflows/events/envelope.h"

namespace returnflows {
namespace {

// A century: enough for any schedule, and the sum stays a time.
constexpr std::int64_t kAdvanceSecondsMax = 100LL * 366 * 24 * 3600;

Task<Response> health(Call* /*call*/) {
  Response response;
  response.body = R"({"status":"ok"})";
  co_return response;
}

Task<Response> readiness(Call* call) {
  if (!call->services.control.ready()) {
    co_return problem(
        503, "not_ready", "the server is starting or stopping, or its disk has failed");
  }
  Response response;
  response.body = R"({"status":"ready"})";
  co_return response;
}

Task<Response> metrics(Call* call) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = call->services.metrics.render();
  co_return response;
}

Task<Response> version(Call* call) {
  Response response;
  response.body = R"({"name":"returnflows","version":)";
  append_json_string(response.body, call->services.version);
  response.body += '}';
  co_return response;
}

Task<Response> openapi(Call* call) {
  Response response;
  response.body = openapi_document(call->services.version);
  co_return response;
}

Response clock_response(Timestamp now) {
  Response response;
  response.body = "{\"now\":\"" + format_rfc3339(now) + "\"}";
  return response;
}

Response no_test_clock() {
  return problem(
      404,
      "not_found",
      "this server runs on real time; start it with serve --test-clock to move its clock");
}

Task<Response> read_clock(Call* call) {
  if (!call->services.control.has_test_clock()) co_return no_test_clock();
  co_return clock_response(call->services.clock.now());
}

// {"advance_seconds": N}
Result<std::chrono::seconds> parse_advance(std::string_view body) {
  boost::system::error_code error;
  const auto value = boost::json::parse({body.data(), body.size()}, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* seconds = object == nullptr ? nullptr : object->if_contains("advance_seconds");
  if (seconds == nullptr || object->size() != 1 || !seconds->is_int64() ||
      seconds->get_int64() < 1 || seconds->get_int64() > kAdvanceSecondsMax) {
    Error wrong{.code = ErrorCode::kInvalidInput,
                .detail = "send {\"advance_seconds\": N} with a whole number of seconds from 1"};
    wrong.fields.push_back({"/advance_seconds", "a whole number from 1"});
    return std::unexpected(wrong);
  }
  return std::chrono::seconds{seconds->get_int64()};
}

Task<Response> advance_clock(Call* call) {
  if (!call->services.control.has_test_clock()) co_return no_test_clock();
  const auto step = parse_advance(call->request.body);
  if (!step) co_return problem(step.error());
  const auto now = co_await call->services.control.advance_clock(*step, &call->shard);
  if (!now) co_return problem(now.error());
  co_return clock_response(*now);
}

}  // namespace

void add_operation_routes(std::vector<Route>& routes) {
  const auto open = [&routes](std::string_view pattern, Handler handler) {
    routes.push_back(
        {.method = "GET", .pattern = pattern, .access = Access::kOpen, .handler = handler});
  };
  open("/healthz", health);
  open("/readyz", readiness);
  open("/metrics", metrics);
  open("/version", version);
  open("/openapi.json", openapi);
  routes.push_back({.method = "GET",
                    .pattern = "/v1/test-clock",
                    .access = Access::kAnyKey,
                    .handler = read_clock});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/test-clock",
                    .access = Access::kPlatform,
                    .handler = advance_clock});
}

}  // namespace returnflows

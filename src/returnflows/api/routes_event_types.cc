#include <string>
#include <utility>
#include <vector>

#include "returnflows/api/problem.h"
#include "returnflows/api/query.h"
#include "returnflows/api/routes.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/events/catalogue.h"

namespace returnflows {
namespace {

void append_event_type(JsonWriter& json, const EventTypeInfo& info) {
  json.open_object();
  json.member("type", info.name);
  json.member("summary", info.summary);
  json.member("description", info.description);
  json.key("schema").raw(info.schema);
  json.key("example").raw(info.sample);
  json.close_object();
}

// All 16 on one page.
Task<Response> list_event_types(Request request) {
  const auto parameters = QueryParameters::parse(request.query, {});
  if (!parameters) co_return problem_response(parameters.error());
  Response response;
  JsonWriter json(response.body);
  json.open_object();
  json.key("data").open_array();
  for (const EventTypeInfo& info : event_catalogue()) {
    append_event_type(json, info);
  }
  json.close_array();
  json.key("next_cursor").null();
  json.close_object();
  co_return response;
}

Task<Response> get_event_type(Request request) {
  const auto type = parse_event_type(request.parameter);
  if (!type) {
    co_return problem_response(Error{.code = ErrorCode::kNotFound, .detail = type.error().detail});
  }
  Response response;
  JsonWriter json(response.body);
  append_event_type(json, describe(*type));
  co_return response;
}

}  // namespace

void add_event_type_routes(std::vector<Route>& routes) {
  routes.push_back({.method = Method::kGet,
                    .pattern = "/v1/event-types",
                    .access = Access::kAnyKey,
                    .handler = list_event_types});
  routes.push_back({.method = Method::kGet,
                    .pattern = "/v1/event-types/{type}",
                    .access = Access::kAnyKey,
                    .handler = get_event_type});
}

}  // namespace returnflows

#include "returnflows/api/routes.h"

#include <string>
#include <utility>

#include "returnflows/api/problem.h"
#include "returnflows/base/limits.h"

namespace returnflows {

std::unexpected<Error> no_such(std::string_view kind, std::string_view id) {
  std::string detail = "There is no " + std::string{kind} + " ";
  detail += id.substr(0, limits::kClientEventIdBytesMax);
  detail += id.size() > limits::kClientEventIdBytesMax ? "…." : ".";
  return fail(ErrorCode::kNotFound, std::move(detail));
}

Response problem_about(std::string_view kind, std::string_view id, const Error& error) {
  return problem_response(error.code == ErrorCode::kNotFound ? no_such(kind, id).error() : error);
}

std::vector<Route> all_routes(ApiContext& context, EventStreamHub& hub, ReturnWaits& waits) {
  std::vector<Route> routes;
  add_event_routes(routes, context, hub);
  add_event_type_routes(routes);
  add_endpoint_routes(routes, context);
  add_delivery_routes(routes, context);
  add_return_routes(routes, context, waits);
  add_settings_routes(routes, context);
  add_carrier_routes(routes, context);
  add_timeline_routes(routes, context);
  add_merchant_routes(routes, context);
  add_api_key_routes(routes, context);
  add_operation_routes(routes, context);
  return routes;
}

}  // namespace returnflows

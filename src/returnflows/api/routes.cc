#include "returnflows/api/routes.h"

#include <string>

namespace returnflows {

std::unexpected<Error> no_such(std::string_view what) {
  return fail(ErrorCode::kNotFound, "There is no " + std::string{what} + " with this id.");
}

std::vector<Route> all_routes(ApiContext& context, EventStreamHub& hub) {
  std::vector<Route> routes;
  add_event_routes(routes, context, hub);
  add_event_type_routes(routes);
  add_endpoint_routes(routes, context);
  add_delivery_routes(routes, context);
  add_merchant_routes(routes, context);
  add_api_key_routes(routes, context);
  add_operation_routes(routes, context);
  return routes;
}

}  // namespace returnflows

#pragma once

#include <memory>
#include <vector>

#include "returnflows/api/api_context.h"
#include "returnflows/api/event_stream.h"
#include "returnflows/api/return_waits.h"
#include "returnflows/api/router.h"

// The routes by resource. Each function adds its rows to the table; `context`, `hub` and `waits`
// outlive it. What a handler answers is in the OpenAPI document.
namespace returnflows {

void add_event_routes(std::vector<Route>& routes, ApiContext& context, EventStreamHub& hub);
void add_event_type_routes(std::vector<Route>& routes);
void add_endpoint_routes(std::vector<Route>& routes, ApiContext& context);
void add_delivery_routes(std::vector<Route>& routes, ApiContext& context);
void add_return_routes(std::vector<Route>& routes, ApiContext& context, ReturnWaits& waits);
void add_settings_routes(std::vector<Route>& routes, ApiContext& context);
void add_carrier_routes(std::vector<Route>& routes, ApiContext& context);
void add_timeline_routes(std::vector<Route>& routes, ApiContext& context);
void add_merchant_routes(std::vector<Route>& routes, ApiContext& context);
void add_api_key_routes(std::vector<Route>& routes, ApiContext& context);
void add_operation_routes(std::vector<Route>& routes, ApiContext& context);

// All of them.
std::vector<Route> all_routes(ApiContext& context, EventStreamHub& hub, ReturnWaits& waits);

// A route whose handler is a member function of `owner`, which the route keeps alive.
template <class Owner>
Route route_to(Method method,
               std::string_view pattern,
               Access access,
               BodyKind body,
               const std::shared_ptr<Owner>& owner,
               Task<Response> (Owner::*handle)(Request)) {
  return {.method = method,
          .pattern = pattern,
          .access = access,
          .body = body,
          .handler = [owner, handle](Request request) {
            return (owner.get()->*handle)(std::move(request));
          }};
}

// For handlers that have nothing to wait for.
inline Task<Response> answer_at_once(Response response) {
  co_return response;
}

// "There is no endpoint ep_…." as an error: `kind` is the word for such a thing, `id` what was
// asked for, of which the beginning is shown when it is longer than any id.
std::unexpected<Error> no_such(std::string_view kind, std::string_view id);

// The problem about the thing of this `kind` and `id` that was found and then could not be changed:
// when it was deleted meanwhile, the same as if it had not been found.
Response problem_about(std::string_view kind, std::string_view id, const Error& error);

}  // namespace returnflows

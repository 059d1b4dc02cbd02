#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/api/delivery_json.h"
#include "returnflows/api/list_page.h"
#include "returnflows/api/problem.h"
#include "returnflows/api/query.h"
#include "returnflows/api/routes.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/delivery/delivery.h"

namespace returnflows {
namespace {

struct FoundDelivery {
  DeliveryRecord delivery;
  std::vector<AttemptRecord> attempts;
};

class DeliveryRoutes {
 public:
  explicit DeliveryRoutes(ApiContext& context) : context_(context) {}

  Task<Response> list(Request request);
  Task<Response> get(Request request);
  Task<Response> retry(Request request);
  Task<Response> cancel(Request request);

 private:
  Result<DeliveryFilter> read_filter(const QueryParameters& parameters,
                                     MerchantId merchant,
                                     const ListQuestion& question) const;
  Task<Result<FoundDelivery>> find(Shard* shard, MerchantId merchant, std::string public_id);
  Task<Response> show(Shard* shard, MerchantId merchant, std::string public_id);
  template <class Transition>
  Task<Response> change(Request request);

  ApiContext& context_;
};

Result<DeliveryFilter> DeliveryRoutes::read_filter(const QueryParameters& parameters,
                                                   MerchantId merchant,
                                                   const ListQuestion& question) const {
  DeliveryFilter filter{.merchant = merchant,
                        .endpoint = std::nullopt,
                        .event_public_id = std::nullopt,
                        .return_id = std::nullopt,
                        .status = std::nullopt,
                        .type = std::nullopt,
                        .order = question.order,
                        .from = question.from,
                        .limit = question.limit};
  if (const auto id = parameters.find("endpoint_id")) {
    const auto decoded = context_.ids().decode(IdPrefix::kEndpoint, *id);
    if (!decoded) return bad_parameter("'endpoint_id' must be the id of an endpoint, ep_….");
    filter.endpoint = EndpointId{decoded->row};
  }
  if (const auto id = parameters.find("event_id")) filter.event_public_id.emplace(*id);
  if (const auto id = parameters.find("return_id")) filter.return_id.emplace(*id);
  if (const auto name = parameters.find("status")) {
    filter.status = find_delivery_status(*name);
    if (!filter.status) {
      return bad_parameter("'status' must be pending, delivered, exhausted or canceled.");
    }
  }
  RF_TRY(filter.type, parameters.event_type("type"));
  return filter;
}

Task<Response> DeliveryRoutes::list(Request request) {
  const auto parameters = QueryParameters::parse(
      request.query,
      {"limit", "cursor", "order", "endpoint_id", "event_id", "return_id", "status", "type"});
  if (!parameters) co_return problem_response(parameters.error());
  const auto question = parse_list_question(
      *parameters, ListKind::kDeliveries, ListOrder::kDescending, context_.ids());
  if (!question) co_return problem_response(question.error());
  auto filter = read_filter(*parameters, request.caller.merchant->id, *question);
  if (!filter) co_return problem_response(filter.error());
  auto work = [log = &context_.parts.store.deliveries(), asked = std::move(*filter)] {
    return log->list(asked);
  };
  const auto page = co_await context_.read(request.shard, std::move(work));
  if (!page) co_return problem_response(page.error());
  co_return list_response(
      *page, *question, context_.ids(), [this](JsonWriter& json, const DeliveryRecord& delivery) {
        append_delivery(json, delivery, context_.ids());
      });
}

Task<Result<FoundDelivery>> DeliveryRoutes::find(Shard* shard,
                                                 MerchantId merchant,
                                                 std::string public_id) {
  auto work = [log = &context_.parts.store.deliveries(),
               decoded = context_.ids().decode(IdPrefix::kDelivery, public_id),
               merchant,
               id = public_id]() -> Result<FoundDelivery> {
    if (!decoded) return no_such("delivery", id);
    RF_TRY(auto delivery, log->find(merchant, DeliveryId{decoded->row}));
    if (!delivery || delivery->created_at != decoded->created_at) return no_such("delivery", id);
    FoundDelivery found{.delivery = std::move(*delivery), .attempts = {}};
    RF_TRY(found.attempts, log->attempts(found.delivery.id));
    return found;
  };
  return context_.read(shard, std::move(work));
}

Task<Response> DeliveryRoutes::show(Shard* shard, MerchantId merchant, std::string public_id) {
  const auto found = co_await find(shard, merchant, std::move(public_id));
  if (!found) co_return problem_response(found.error());
  Response response;
  JsonWriter json(response.body);
  append_delivery(json, found->delivery, context_.ids(), &found->attempts);
  co_return response;
}

Task<Response> DeliveryRoutes::get(Request request) {
  return show(request.shard, request.caller.merchant->id, std::move(request.parameter));
}

template <class Transition>
Task<Response> DeliveryRoutes::change(Request request) {
  const MerchantId merchant = request.caller.merchant->id;
  // Looked up first: an id whose time differs must not reach another delivery's row.
  const auto found = co_await find(request.shard, merchant, request.parameter);
  if (!found) co_return problem_response(found.error());
  Transition transition{.merchant = merchant, .delivery = found->delivery.id};
  const auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return problem_about("delivery", request.parameter, outcome.error());
  co_return co_await show(request.shard, merchant, std::move(request.parameter));
}

Task<Response> DeliveryRoutes::retry(Request request) {
  return change<RetryDelivery>(std::move(request));
}

Task<Response> DeliveryRoutes::cancel(Request request) {
  return change<CancelDelivery>(std::move(request));
}

}  // namespace

void add_delivery_routes(std::vector<Route>& routes, ApiContext& context) {
  const auto owner = std::make_shared<DeliveryRoutes>(context);
  const auto add = [&](Method method, std::string_view pattern, auto handle) {
    routes.push_back(route_to(method, pattern, Access::kMerchant, BodyKind::kNone, owner, handle));
  };
  add(Method::kGet, "/v1/deliveries", &DeliveryRoutes::list);
  add(Method::kGet, "/v1/deliveries/{id}", &DeliveryRoutes::get);
  add(Method::kPost, "/v1/deliveries/{id}/retry", &DeliveryRoutes::retry);
  add(Method::kPost, "/v1/deliveries/{id}/cancel", &DeliveryRoutes::cancel);
}

}  // namespace returnflows

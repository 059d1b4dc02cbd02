#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/api/endpoint_json.h"
#include "returnflows/api/idempotency.h"
#include "returnflows/api/if_match.h"
#include "returnflows/api/json_input.h"
#include "returnflows/api/list_page.h"
#include "returnflows/api/problem.h"
#include "returnflows/api/query.h"
#include "returnflows/api/routes.h"
#include "returnflows/base/encoding.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/base/limits.h"
#include "returnflows/delivery/signing.h"
#include "returnflows/endpoints/endpoint_rules.h"
#include "returnflows/events/catalogue.h"
#include "returnflows/events/envelope.h"

namespace returnflows {
namespace {

constexpr std::string_view kNoStore = "cache-control: no-store\r\n";

// The sample of `type` as an event of a return of its own, so that a test that fails holds back
// nothing but itself: the sample's return id is replaced wherever it stands.
Result<PublishedEvent> test_event(EventType type, EventParser& parser, Random& random) {
  const std::string_view data = describe(type).sample_data;
  std::string document = R"({"type":")" + std::string{event_type_name(type)} + R"(","data":)";
  document += data;
  document += '}';
  RF_TRY(PublishedEvent event, parser.parse(document));
  std::array<std::byte, 8> bytes{};
  random.fill(bytes);
  const std::string fresh =
      "ret_test_" + encode_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  const std::string old = std::exchange(event.return_id, fresh);
  for (std::size_t at = event.data_json.find(old); at != std::string::npos;
       at = event.data_json.find(old, at + fresh.size())) {
    event.data_json.replace(at, old.size(), fresh);
  }
  return event;
}

// What a change makes of the current endpoint; its version and time are set afterwards. nullopt
// when there is nothing to change: then nothing is written.
using Change = std::function<Result<std::optional<Endpoint>>(const Endpoint&)>;

class EndpointRoutes {
 public:
  explicit EndpointRoutes(ApiContext& context) : context_(context) {}

  Task<Response> create(Request request);
  Task<Response> list(Request request);
  Task<Response> get(Request request);
  Task<Response> patch(Request request);
  Task<Response> remove(Request request);
  Task<Response> secret(Request request);
  Task<Response> rotate(Request request);
  Task<Response> pause(Request request);
  Task<Response> resume(Request request);
  Task<Response> test(Request request);

 private:
  Result<std::shared_ptr<const Endpoint>> find(const Request& request) const;

  Timestamp now() const { return context_.parts.clock.now(); }

  Response show(const Endpoint& endpoint, int status, const Secret* secret) const;
  Task<Result<std::shared_ptr<const Endpoint>>> update(Request request, Change change);
  Task<Response> update_and_show(Request request, Change change);
  Task<std::optional<std::string>> delivery_of(Shard* shard,
                                               MerchantId merchant,
                                               EndpointId endpoint,
                                               std::string event_id);

  ApiContext& context_;
};

Result<std::shared_ptr<const Endpoint>> EndpointRoutes::find(const Request& request) const {
  const auto decoded = context_.ids().decode(IdPrefix::kEndpoint, request.parameter);
  if (!decoded) return no_such("endpoint", request.parameter);
  auto endpoint = context_.parts.store.endpoints().find(EndpointId{decoded->row});
  if (endpoint == nullptr || endpoint->merchant != request.caller.merchant->id ||
      endpoint->created_at != decoded->created_at) {
    return no_such("endpoint", request.parameter);
  }
  return endpoint;
}

Response EndpointRoutes::show(const Endpoint& endpoint, int status, const Secret* secret) const {
  Response response{.status = status, .header_lines = etag_line(endpoint.version)};
  if (secret != nullptr) response.header_lines += kNoStore;
  JsonWriter json(response.body);
  append_endpoint(json, endpoint, context_.ids(), now(), secret);
  return response;
}

Task<Response> EndpointRoutes::create(Request request) {
  const auto body = parse_json_object(request.body);
  if (!body) co_return problem_response(body.error());
  auto claim = read_idempotency_claim(request);
  if (!claim) co_return problem_response(claim.error());
  Endpoint base;
  base.merchant = request.caller.merchant->id;
  base.api_version = kApiVersion;
  base.created_at = base.updated_at = now();
  auto input = read_new_endpoint(*body, std::move(base), context_.parts.egress_policy);
  if (!input) co_return problem_response(input.error());
  Endpoint& endpoint = input->endpoint;
  endpoint.id = EndpointId{context_.parts.store.reserve_id()};
  if (!input->secret) input->secret = generate_secret(context_.parts.random);
  endpoint.secret = context_.parts.secret_box.seal(*input->secret, endpoint.id);

  Response response = show(endpoint, 201, &*input->secret);
  seal_response(context_.parts.secret_box, response.body, *claim);
  CreateEndpoint transition{.endpoint = endpoint, .idempotency = *claim};
  const auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return problem_response(outcome.error());
  if (outcome->replayed_response && *claim) {
    auto replayed = open_response(context_.parts.secret_box, **claim, *outcome->replayed_response);
    if (!replayed) co_return problem_response(replayed.error());
    response.body = std::move(*replayed);
    response.header_lines = kNoStore;
  }
  co_return response;
}

Task<Response> EndpointRoutes::list(Request request) {
  const auto parameters = QueryParameters::parse(request.query, {"limit", "cursor", "order"});
  if (!parameters) co_return problem_response(parameters.error());
  const auto question = parse_list_question(
      *parameters, ListKind::kEndpoints, ListOrder::kDescending, context_.ids());
  if (!question) co_return problem_response(question.error());
  const auto page =
      page_of(context_.parts.store.endpoints().of_merchant(request.caller.merchant->id), *question);
  co_return list_response(
      page,
      *question,
      context_.ids(),
      [this](JsonWriter& json, const std::shared_ptr<const Endpoint>& endpoint) {
        append_endpoint(json, *endpoint, context_.ids(), now());
      });
}

Task<Response> EndpointRoutes::get(Request request) {
  const auto endpoint = find(request);
  co_return endpoint ? show(**endpoint, 200, nullptr) : problem_response(endpoint.error());
}

// Commits what `change` makes of the endpoint, on top of whatever version is there.
Task<Result<std::shared_ptr<const Endpoint>>> EndpointRoutes::update(Request request,
                                                                     Change change) {
  const std::vector<std::int64_t> wanted =
      versions_of_if_match(request.header(RequestHeader::kIfMatch));
  for (int tries = 1;; ++tries) {
    const auto current = find(request);
    if (!current) co_return std::unexpected(current.error());
    if (!allows(wanted, (*current)->version)) {
      co_return std::unexpected(
          Error{.code = ErrorCode::kConflict,
                .detail = "The endpoint has been changed since; it is at version " +
                          std::to_string((*current)->version) + " now. Get it and try again.",
                .reason = std::string{reason::kPreconditionFailed}});
    }
    auto changed = change(**current);
    if (!changed) co_return std::unexpected(changed.error());
    std::optional<Endpoint>& next = *changed;
    if (!next) co_return *current;
    next->version = (*current)->version + 1;
    next->updated_at = now();
    UpdateEndpoint transition{.endpoint = std::move(*next)};
    auto outcome = co_await context_.commit(request.shard, std::move(transition));
    if (!outcome && outcome.error().code == ErrorCode::kNotFound) {
      co_return no_such("endpoint", request.parameter);
    }
    const bool lost_race = !outcome && outcome.error().code == ErrorCode::kConflict;
    if (!lost_race || tries == kUpdateTriesMax) co_return outcome;
  }
}

Task<Response> EndpointRoutes::update_and_show(Request request, Change change) {
  const auto updated = co_await update(std::move(request), std::move(change));
  co_return updated ? show(**updated, 200, nullptr) : problem_response(updated.error());
}

Task<Response> EndpointRoutes::patch(Request request) {
  auto body = parse_json_object(request.body);
  if (!body) co_return problem_response(body.error());
  Change change = [this, patch = std::move(*body)](const Endpoint& endpoint) {
    return patch_endpoint(patch, endpoint, context_.parts.egress_policy);
  };
  co_return co_await update_and_show(std::move(request), std::move(change));
}

Task<Response> EndpointRoutes::remove(Request request) {
  const auto endpoint = find(request);
  if (!endpoint) co_return problem_response(endpoint.error());
  DeleteEndpoint transition{.merchant = (*endpoint)->merchant, .endpoint = (*endpoint)->id};
  const auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return problem_about("endpoint", request.parameter, outcome.error());
  co_return Response{.status = 204};
}

Task<Response> EndpointRoutes::secret(Request request) {
  const auto endpoint = find(request);
  if (!endpoint) co_return problem_response(endpoint.error());
  const auto opened = context_.parts.secret_box.open((*endpoint)->secret, (*endpoint)->id);
  if (!opened) co_return problem_response(opened.error());
  Response response{.header_lines = std::string{kNoStore}};
  JsonWriter json(response.body);
  json.open_object();
  append_secret_members(json, *opened);
  if (signs_with_previous_secret(**endpoint, now())) {
    json.member("previous_secret_expires_at", (*endpoint)->previous_secret_until);
  } else {
    json.key("previous_secret_expires_at").null();
  }
  json.close_object();
  co_return response;
}

Task<Response> EndpointRoutes::rotate(Request request) {
  const auto body = parse_optional_json_object(request.body);
  if (!body) co_return problem_response(body.error());
  JsonFields fields(*body, {"secret", "overlap_seconds"});
  const auto overlap =
      fields.integer("overlap_seconds", 0, std::chrono::seconds{kSecretOverlapMax}.count());
  auto given = fields.text("secret", limits::kRequestBytesMax);
  if (given && !given->empty()) {
    if (const Status checked = check_secret(*given); !checked) {
      fields.report("/secret", checked.error().detail);
    }
  }
  if (const Status read = fields.finish(); !read) co_return problem_response(read.error());
  const Secret fresh =
      given && !given->empty() ? Secret(std::move(*given)) : generate_secret(context_.parts.random);
  const std::chrono::seconds lasting =
      overlap ? std::chrono::seconds{*overlap} : std::chrono::seconds{kSecretOverlapDefault};
  Change change = [this, fresh, lasting](const Endpoint& endpoint) -> Result<Endpoint> {
    return rotate_secret(
        endpoint, context_.parts.secret_box.seal(fresh, endpoint.id), now(), lasting);
  };
  const auto updated = co_await update(std::move(request), std::move(change));
  co_return updated ? show(**updated, 200, &fresh) : problem_response(updated.error());
}

Task<Response> EndpointRoutes::pause(Request request) {
  Change change = [](const Endpoint& endpoint) -> Result<std::optional<Endpoint>> {
    if (endpoint.state == EndpointState::kPaused) return std::nullopt;
    if (endpoint.state == EndpointState::kDisabled) {
      return fail(ErrorCode::kConflict,
                  "The endpoint is disabled: it gets nothing already. Resume it first.");
    }
    Endpoint paused = endpoint;
    paused.state = EndpointState::kPaused;
    return paused;
  };
  return update_and_show(std::move(request), std::move(change));
}

Task<Response> EndpointRoutes::resume(Request request) {
  Change change = [](const Endpoint& endpoint) -> Result<std::optional<Endpoint>> {
    if (endpoint.state == EndpointState::kActive) return std::nullopt;
    Endpoint active = endpoint;
    active.state = EndpointState::kActive;
    active.disabled_reason.clear();
    return active;
  };
  return update_and_show(std::move(request), std::move(change));
}

// The delivery of a test event, for the client to follow; nullopt when it cannot be read.
Task<std::optional<std::string>> EndpointRoutes::delivery_of(Shard* shard,
                                                             MerchantId merchant,
                                                             EndpointId endpoint,
                                                             std::string event_id) {
  DeliveryFilter filter;
  filter.merchant = merchant;
  filter.endpoint = endpoint;
  filter.event_public_id = std::move(event_id);
  filter.limit = 1;
  auto work = [log = &context_.parts.store.deliveries(), asked = std::move(filter)] {
    return log->list(asked);
  };
  const auto page = co_await context_.read(shard, std::move(work));
  if (!page || page->rows.empty()) co_return std::nullopt;
  const DeliveryRecord& delivery = page->rows.front();
  co_return context_.ids().encode(IdPrefix::kDelivery, delivery.id, delivery.created_at);
}

Task<Response> EndpointRoutes::test(Request request) {
  const auto body = parse_json_object(request.body);
  if (!body) co_return problem_response(body.error());
  auto claim = read_idempotency_claim(request);
  if (!claim) co_return problem_response(claim.error());
  const auto endpoint = find(request);
  if (!endpoint) co_return problem_response(endpoint.error());
  JsonFields fields(*body, {"type"});
  const auto name = fields.text("type", limits::kDescriptionBytesMax);
  const auto type = parse_event_type(name.value_or(""));
  if (!fields.has("type")) {
    fields.report("/type", "This field is required: which event to send as a test.");
  } else if (!type && !fields.reported("/type")) {
    fields.report("/type", type.error().detail);
  }
  if (const Status read = fields.finish(); !read) co_return problem_response(read.error());

  auto event = test_event(*type, *request.parser, context_.parts.random);
  if (!event) co_return problem_response(event.error());
  const MerchantId merchant = (*endpoint)->merchant;
  AcceptEvents transition;
  transition.merchant = merchant;
  transition.items.push_back({.event = std::move(*event)});
  transition.idempotency = std::move(*claim);
  transition.test_endpoint = (*endpoint)->id;
  const auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return problem_about("endpoint", request.parameter, outcome.error());
  const std::string& event_id = outcome->front().public_id;
  const auto delivery_id = co_await delivery_of(request.shard, merchant, (*endpoint)->id, event_id);
  Response response{.status = 202};
  JsonWriter json(response.body);
  json.open_object();
  json.member("event_id", event_id);
  if (delivery_id) json.member("delivery_id", *delivery_id);
  json.close_object();
  co_return response;
}

}  // namespace

void add_endpoint_routes(std::vector<Route>& routes, ApiContext& context) {
  const auto owner = std::make_shared<EndpointRoutes>(context);
  const auto add = [&](Method method, std::string_view pattern, BodyKind body, auto handle) {
    routes.push_back(route_to(method, pattern, Access::kMerchant, body, owner, handle));
  };
  add(Method::kPost, "/v1/endpoints", BodyKind::kJson, &EndpointRoutes::create);
  add(Method::kGet, "/v1/endpoints", BodyKind::kNone, &EndpointRoutes::list);
  add(Method::kGet, "/v1/endpoints/{id}", BodyKind::kNone, &EndpointRoutes::get);
  add(Method::kPatch, "/v1/endpoints/{id}", BodyKind::kPatch, &EndpointRoutes::patch);
  add(Method::kDelete, "/v1/endpoints/{id}", BodyKind::kNone, &EndpointRoutes::remove);
  add(Method::kGet, "/v1/endpoints/{id}/secret", BodyKind::kNone, &EndpointRoutes::secret);
  add(Method::kPost, "/v1/endpoints/{id}/secret/rotate", BodyKind::kJson, &EndpointRoutes::rotate);
  add(Method::kPost, "/v1/endpoints/{id}/pause", BodyKind::kNone, &EndpointRoutes::pause);
  add(Method::kPost, "/v1/endpoints/{id}/resume", BodyKind::kNone, &EndpointRoutes::resume);
  add(Method::kPost, "/v1/endpoints/{id}/test", BodyKind::kJson, &EndpointRoutes::test);
}

}  // namespace returnflows

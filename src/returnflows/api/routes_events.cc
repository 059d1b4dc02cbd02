#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/api/idempotency.h"
#include "returnflows/api/list_page.h"
#include "returnflows/api/problem.h"
#include "returnflows/api/query.h"
#include "returnflows/api/routes.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/base/limits.h"
#include "returnflows/base/time_text.h"
#include "returnflows/events/published_event.h"

namespace returnflows {
namespace {

// What one accepted event is answered with beyond what the store says.
using OccurredAt = std::optional<Timestamp>;

void append_accepted(JsonWriter& json,
                     const AcceptEvents::Accepted& accepted,
                     const OccurredAt& occurred_at) {
  json.open_object();
  json.member("id", accepted.public_id);
  json.member("type", event_type_name(accepted.type));
  json.member("created_at", accepted.created_at);
  if (occurred_at) json.member("occurred_at", *occurred_at);
  json.key("subject").open_object();
  json.member("type", "return");
  json.member("id", accepted.return_id);
  json.member("sequence", accepted.sequence);
  json.member("revision", accepted.revision);
  json.close_object();
  json.close_object();
}

// What makes two events with the same id the same event.
AcceptEvents::Item item_of(PublishedEvent event) {
  AcceptEvents::Item item;
  if (event.client_id) {
    std::string occurred_at;
    if (event.occurred_at) append_rfc3339(occurred_at, *event.occurred_at);
    item.content =
        fingerprint({event_type_name(event.type), "\n", occurred_at, "\n", event.data_json});
  }
  item.event = std::move(event);
  return item;
}

class EventRoutes {
 public:
  EventRoutes(ApiContext& context, EventStreamHub& hub) : context_(context), hub_(hub) {}

  Task<Response> publish(Request request);
  Task<Response> publish_batch(Request request);
  Task<Response> list(Request request);
  Task<Response> get(Request request);
  Task<Response> stream(Request request);

 private:
  Response refuse(const Error& error);
  void count(const AcceptEvents::Outcome& outcome);
  Task<Result<std::int64_t>> find_row(Shard* shard, MerchantId merchant, std::string public_id);
  Task<Result<std::int64_t>> stream_start(Shard* shard, MerchantId merchant, std::string after);

  ApiContext& context_;
  EventStreamHub& hub_;
};

Response EventRoutes::refuse(const Error& error) {
  context_.parts.metrics.event_rejected(error_code_name(error.code));
  return problem_response(error);
}

void EventRoutes::count(const AcceptEvents::Outcome& outcome) {
  std::uint64_t duplicates = 0;
  for (const auto& accepted : outcome) {
    duplicates += accepted.duplicate ? 1 : 0;
  }
  if (outcome.size() > duplicates) {
    context_.parts.metrics.events_accepted(outcome.size() - duplicates);
  }
  if (duplicates > 0) context_.parts.metrics.events_duplicate(duplicates);
}

Task<Response> EventRoutes::publish(Request request) {
  auto parsed = request.parser->parse(request.body);
  if (!parsed) co_return refuse(parsed.error());
  AcceptEvents transition;
  transition.merchant = request.caller.merchant->id;
  if (auto claim = read_idempotency_claim(request)) {
    transition.idempotency = std::move(*claim);
  } else {
    co_return refuse(claim.error());
  }
  const OccurredAt occurred_at = parsed->occurred_at;
  transition.items.push_back(item_of(std::move(*parsed)));
  const auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return refuse(outcome.error());
  count(*outcome);
  Response response{.status = 202};
  JsonWriter json(response.body);
  append_accepted(json, outcome->front(), occurred_at);
  co_return response;
}

Task<Response> EventRoutes::publish_batch(Request request) {
  auto parsed = request.parser->parse_batch(request.body);
  if (!parsed) co_return refuse(parsed.error());
  AcceptEvents transition;
  transition.merchant = request.caller.merchant->id;
  if (auto claim = read_idempotency_claim(request)) {
    transition.idempotency = std::move(*claim);
  } else {
    co_return refuse(claim.error());
  }
  std::vector<OccurredAt> occurred_at;
  occurred_at.reserve(parsed->size());
  transition.items.reserve(parsed->size());
  for (PublishedEvent& event : *parsed) {
    occurred_at.push_back(event.occurred_at);
    transition.items.push_back(item_of(std::move(event)));
  }
  parsed->clear();
  const auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return refuse(outcome.error());
  count(*outcome);
  Response response{.status = 202};
  JsonWriter json(response.body);
  json.open_object();
  json.key("data").open_array();
  for (std::size_t i = 0; i < outcome->size(); ++i) {
    append_accepted(json, (*outcome)[i], occurred_at[i]);
  }
  json.close_array();
  json.close_object();
  co_return response;
}

// The row of an event by its public id. One of ours that has been deleted meanwhile still tells its
// row.
Task<Result<std::int64_t>> EventRoutes::find_row(Shard* shard,
                                                 MerchantId merchant,
                                                 std::string public_id) {
  auto work = [log = &context_.parts.store.events(),
               ids = &context_.ids(),
               merchant,
               id = std::move(public_id)]() -> Result<std::int64_t> {
    RF_TRY(const auto event, log->find(merchant, id));
    if (event) return event->id.value;
    if (const auto decoded = ids->decode(IdPrefix::kEvent, id)) return decoded->row;
    return bad_parameter(
        "There is no event with the id to go on after; leave it out to start "
        "elsewhere.");
  };
  return context_.read(shard, std::move(work));
}

Task<Response> EventRoutes::list(Request request) {
  const auto parameters = QueryParameters::parse(
      request.query, {"limit", "cursor", "order", "after", "type", "return_id", "since", "until"});
  if (!parameters) co_return problem_response(parameters.error());
  const auto question =
      parse_list_question(*parameters, ListKind::kEvents, ListOrder::kAscending, context_.ids());
  if (!question) co_return problem_response(question.error());
  const auto type = parameters->event_type("type");
  if (!type) co_return problem_response(type.error());
  const auto since = parameters->time("since");
  if (!since) co_return problem_response(since.error());
  const auto until = parameters->time("until");
  if (!until) co_return problem_response(until.error());
  EventFilter filter{.merchant = request.caller.merchant->id,
                     .type = *type,
                     .return_id = std::nullopt,
                     .since = *since,
                     .until = *until,
                     .order = question->order,
                     .from = question->from,
                     .limit = question->limit};
  if (const auto return_id = parameters->find("return_id")) filter.return_id.emplace(*return_id);
  if (const auto after = parameters->find("after"); after && !question->from) {
    if (question->order == ListOrder::kDescending) {
      co_return problem_response(
          bad_parameter("'after' goes with order=asc; leave one of them out.").error());
    }
    const auto row = co_await find_row(request.shard, filter.merchant, std::string{*after});
    if (!row) co_return problem_response(row.error());
    filter.from = *row;
  }
  auto work = [log = &context_.parts.store.events(), filter] { return log->list(filter); };
  const auto page = co_await context_.read(request.shard, std::move(work));
  if (!page) co_return problem_response(page.error());
  co_return list_response(
      *page, *question, context_.ids(), [](JsonWriter& json, const EventRecord& event) {
        json.raw(event.body);
      });
}

Task<Response> EventRoutes::get(Request request) {
  auto work = [log = &context_.parts.store.events(),
               merchant = request.caller.merchant->id,
               id = request.parameter] { return log->find(merchant, id); };
  auto event = co_await context_.read(request.shard, std::move(work));
  if (!event) co_return problem_response(event.error());
  if (!*event) co_return problem_response(no_such("event", request.parameter).error());
  co_return Response{.body = std::move((*event)->body)};
}

Task<Result<std::int64_t>> EventRoutes::stream_start(Shard* shard,
                                                     MerchantId merchant,
                                                     std::string after) {
  if (!after.empty()) return find_row(shard, merchant, std::move(after));
  auto work = [log = &context_.parts.store.events()]() -> Result<std::int64_t> {
    RF_TRY(const EventId newest, log->newest());
    return newest.value;
  };
  return context_.read(shard, std::move(work));
}

Task<Response> EventRoutes::stream(Request request) {
  const auto parameters = QueryParameters::parse(request.query, {"after", "type"});
  if (!parameters) co_return problem_response(parameters.error());
  const auto type = parameters->event_type("type");
  if (!type) co_return problem_response(type.error());
  // The header wins: a client that comes back sends both.
  std::string after{request.header(RequestHeader::kLastEventId)};
  if (after.empty()) after = parameters->find("after").value_or("");
  const MerchantId merchant = request.caller.merchant->id;
  const auto start = co_await stream_start(request.shard, merchant, std::move(after));
  if (!start) co_return problem_response(start.error());
  if (!hub_.take_place()) {
    co_return problem_response(
        Error{.code = ErrorCode::kUnavailable,
              .detail = "Too many event streams are open; close some, or read GET /v1/events."});
  }
  const EventStream::Question question{.merchant = merchant,
                                       .type = *type,
                                       .after = *start,
                                       .key_sha256 = request.caller.key->key_sha256};
  Response response{.content_type = "text/event-stream",
                    .header_lines = "cache-control: no-store\r\nx-accel-buffering: no\r\n"};
  response.source = std::make_unique<EventStream>(context_, hub_, *request.shard, question);
  co_return response;
}

}  // namespace

void add_event_routes(std::vector<Route>& routes, ApiContext& context, EventStreamHub& hub) {
  const auto owner = std::make_shared<EventRoutes>(context, hub);
  const auto add = [&](Method method, std::string_view pattern, BodyKind body, auto handle) {
    routes.push_back(route_to(method, pattern, Access::kMerchant, body, owner, handle));
  };
  add(Method::kPost, "/v1/events", BodyKind::kEvent, &EventRoutes::publish);
  add(Method::kPost, "/v1/events/batch", BodyKind::kBatch, &EventRoutes::publish_batch);
  add(Method::kGet, "/v1/events", BodyKind::kNone, &EventRoutes::list);
  add(Method::kGet, "/v1/events/stream", BodyKind::kNone, &EventRoutes::stream);
  add(Method::kGet, "/v1/events/{id}", BodyKind::kNone, &EventRoutes::get);
}

}  // namespace returnflows

#include <string>
#include <utility>
#include <vector>

#include "returnflows/api/event_stream.h"
#include "returnflows/api/idempotency.h"
#include "returnflows/api/page_query.h"
#include "returnflows/api/problem.h"
#include "returnflows/api/router.h"
#include "returnflows/base/time_text.h"
#include "returnflows/events/envelope.h"

namespace returnflows {
namespace {

// What identifies an event's content when its producer chose the id: type, time and data, as sent.
Fingerprint content_of(const PublishedEvent& event) {
  std::string text{event_type_name(event.type)};
  text += '\n';
  if (event.occurred_at) append_rfc3339(text, *event.occurred_at);
  text += '\n';
  text += event.data_json;
  return fingerprint(text);
}

void append_accepted(std::string& out, const AcceptEvents::Accepted& event) {
  out += "{\"id\":";
  append_json_string(out, event.public_id);
  out += ",\"type\":\"";
  out += event_type_name(event.type);
  out += "\",\"created_at\":\"";
  append_rfc3339(out, event.created_at);
  out += "\",\"subject\":{\"type\":\"return\",\"id\":";
  append_json_string(out, event.return_id);
  out += ",\"sequence\":" + std::to_string(event.sequence);
  out += ",\"revision\":" + std::to_string(event.revision);
  out += "}}";
}

Task<Result<AcceptEvents::Outcome>> accept(Call* call, std::vector<PublishedEvent> events) {
  AcceptEvents transition;
  transition.merchant = call->caller.merchant->id;
  RF_CO_TRY(transition.idempotency, idempotency_claim(*call));
  for (PublishedEvent& event : events) {
    AcceptEvents::Item item;
    if (event.client_id) item.content = content_of(event);
    item.event = std::move(event);
    transition.items.push_back(std::move(item));
  }
  auto outcome = co_await call->commit(std::move(transition));
  if (outcome) {
    for (const auto& accepted : *outcome) {
      accepted.duplicate ? call->services.metrics.events_duplicate(1)
                         : call->services.metrics.events_accepted(1);
    }
  }
  co_return outcome;
}

Response refused(Call* call, const Error& error) {
  call->services.metrics.event_rejected(error.reason_or_default());
  return problem(error);
}

Task<Response> publish_event(Call* call) {
  auto event = call->event_parser.parse(call->request.body);
  if (!event) co_return refused(call, event.error());
  std::vector<PublishedEvent> events;
  events.push_back(std::move(*event));
  const auto outcome = co_await accept(call, std::move(events));
  if (!outcome) co_return refused(call, outcome.error());
  Response response;
  response.status = 202;
  append_accepted(response.body, outcome->front());
  co_return response;
}

Task<Response> publish_batch(Call* call) {
  auto events = call->event_parser.parse_batch(call->request.body);
  if (!events) co_return refused(call, events.error());
  const auto outcome = co_await accept(call, std::move(*events));
  if (!outcome) co_return refused(call, outcome.error());
  Response response;
  response.status = 202;
  response.body = "{\"data\":[";
  for (const auto& event : *outcome) {
    if (response.body.back() != '[') response.body += ',';
    append_accepted(response.body, event);
  }
  response.body += "]}";
  co_return response;
}

// The row of an event that a parameter names. Errors: kInvalidInput naming the parameter.
Task<Result<EventId>> row_of_event(Call* call, std::string_view parameter, std::string public_id) {
  auto& events = call->services.store.events();
  const MerchantId merchant = call->caller.merchant->id;
  const auto found = co_await call->blocking(
      [&events, merchant, public_id] { return events.find(merchant, public_id); });
  if (!found) co_return std::unexpected(found.error());
  if (!*found) {
    co_return std::unexpected(
        wrong_parameter(parameter, "there is no event '" + public_id.substr(0, 64) + "'"));
  }
  co_return (*found)->id;
}

Result<std::optional<EventType>> type_filter(const PageQuery& query) {
  const auto name = query.text("type");
  if (!name) return std::nullopt;
  const auto type = find_event_type(*name);
  if (!type) return std::unexpected(wrong_parameter("type", unknown_event_type_sentence(*name)));
  return *type;
}

Result<EventFilter> event_filter(const PageQuery& query, MerchantId merchant) {
  EventFilter filter;
  filter.merchant = merchant;
  RF_TRY(filter.type, type_filter(query));
  filter.return_id = query.text("return_id");
  RF_TRY(filter.since, query.time("since"));
  RF_TRY(filter.until, query.time("until"));
  filter.order = query.order(ListOrder::kAscending);
  filter.from = query.from();
  filter.limit = query.limit();
  return filter;
}

Task<Response> list_events(Call* call) {
  const auto query =
      PageQuery::parse(call->request, {"after", "type", "return_id", "since", "until"});
  if (!query) co_return problem(query.error());
  auto filter = event_filter(*query, call->caller.merchant->id);
  if (!filter) co_return problem(filter.error());
  if (const auto after = query->text("after"); after && !filter->from) {
    const auto row = co_await row_of_event(call, "after", *after);
    if (!row) co_return problem(row.error());
    filter->from = row->value;
  }
  auto& events = call->services.store.events();
  const auto page =
      co_await call->blocking([&events, filter = *filter] { return events.list(filter); });
  if (!page) co_return problem(page.error());
  std::vector<std::string> rows;
  for (const EventRecord& event : page->rows) {
    rows.push_back(event.body);
  }
  Response response;
  response.body = page_json(rows, page->next);
  co_return response;
}

Task<Response> get_event(Call* call) {
  auto& events = call->services.store.events();
  const MerchantId merchant = call->caller.merchant->id;
  const std::string id{call->parameters[0]};
  const auto event =
      co_await call->blocking([&events, merchant, id] { return events.find(merchant, id); });
  if (!event) co_return problem(event.error());
  if (!*event) {
    co_return problem(404, "not_found", "there is no event '" + id.substr(0, 64) + "'");
  }
  Response response;
  response.body = (*event)->body;
  co_return response;
}

// Where a stream begins: behind Last-Event-ID, or `after`, or what is newest now.
Task<Result<EventId>> stream_start(Call* call, const PageQuery* query) {
  std::string after{call->request.header("last-event-id")};
  if (after.empty()) after = query->text("after").value_or("");
  if (!after.empty()) co_return co_await row_of_event(call, "after", after);
  auto& events = call->services.store.events();
  co_return co_await call->blocking([&events] { return events.newest(); });
}

Task<Response> open_stream(Call* call) {
  const auto query = PageQuery::parse(call->request, {"after", "type"}, false);
  if (!query) co_return problem(query.error());
  const auto type = type_filter(*query);
  if (!type) co_return problem(type.error());
  const auto start = co_await stream_start(call, &*query);
  if (!start) co_return problem(start.error());
  if (!call->services.streams.enter()) {
    co_return problem(503,
                      "overloaded",
                      "too many event streams are open; close one, or read GET /v1/events instead");
  }
  StreamQuestion question;
  question.merchant = call->caller.merchant->id;
  question.after = *start;
  question.type = *type;
  Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("cache-control", "no-store");
  response.stream =
      [services = &call->services, shard = &call->shard, question](StreamWriter* writer) {
        return stream_events(services, shard, question, writer);
      };
  co_return response;
}

}  // namespace

void add_event_routes(std::vector<Route>& routes) {
  routes.push_back({.method = "POST",
                    .pattern = "/v1/events",
                    .handler = publish_event,
                    .body_bytes_max = limits::kEventBytesMax});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/events/batch",
                    .handler = publish_batch,
                    .body_bytes_max = limits::kBatchBytesMax,
                    .accepts_ndjson = true});
  routes.push_back({.method = "GET", .pattern = "/v1/events", .handler = list_events});
  routes.push_back({.method = "GET", .pattern = "/v1/events/stream", .handler = open_stream});
  routes.push_back({.method = "GET", .pattern = "/v1/events/{id}", .handler = get_event});
}

}  // namespace returnflows

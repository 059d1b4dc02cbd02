#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/api/list_page.h"
#include "returnflows/api/problem.h"
#include "returnflows/api/query.h"
#include "returnflows/api/routes.h"
#include "returnflows/api/timeline_json.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

// Reads what belongs together from the logs. Thread: storage pool.
class TimelineReader {
 public:
  TimelineReader(EventLog& events, DeliveryLog& deliveries)
      : events_(events), deliveries_(deliveries) {}

  // The page of events that `filter` asks for, each with its deliveries and their attempts. It ends
  // early, with a `next`, after limits::kTimelineEntriesMax entries.
  Result<Page<TimelineEvent>> read(const EventFilter& filter);

 private:
  Result<TimelineEvent> complete(EventRecord event);

  EventLog& events_;
  DeliveryLog& deliveries_;
  std::size_t entry_count_ = 0;
};

Result<Page<TimelineEvent>> TimelineReader::read(const EventFilter& filter) {
  RF_TRY(Page<EventRecord> found, events_.list(filter));
  Page<TimelineEvent> page;
  for (EventRecord& event : found.rows) {
    if (entry_count_ >= limits::kTimelineEntriesMax) {
      page.next = page.rows.back().event.id.value;
      return page;
    }
    RF_TRY(TimelineEvent one, complete(std::move(event)));
    page.rows.push_back(std::move(one));
  }
  page.next = found.next;
  return page;
}

Result<TimelineEvent> TimelineReader::complete(EventRecord event) {
  DeliveryFilter filter{.merchant = event.merchant,
                        .endpoint = std::nullopt,
                        .event_public_id = event.public_id,
                        .return_id = std::nullopt,
                        .status = std::nullopt,
                        .type = std::nullopt,
                        .order = ListOrder::kAscending,
                        .from = std::nullopt,
                        .limit = limits::kPageMax};
  TimelineEvent one{.event = std::move(event), .deliveries = {}};
  ++entry_count_;
  do {
    RF_TRY(Page<DeliveryRecord> page, deliveries_.list(filter));
    for (DeliveryRecord& delivery : page.rows) {
      RF_TRY(std::vector<AttemptRecord> attempts, deliveries_.attempts(delivery.id));
      entry_count_ += 1 + attempts.size();
      one.deliveries.push_back({.delivery = std::move(delivery), .attempts = std::move(attempts)});
    }
    filter.from = page.next;
  } while (filter.from);
  return one;
}

class TimelineRoutes {
 public:
  explicit TimelineRoutes(ApiContext& context) : context_(context) {}

  Task<Response> get(Request request);

 private:
  Task<Result<bool>> is_kept_here(Shard* shard, MerchantId merchant, std::string return_id);

  ApiContext& context_;
};

// Whether the return lives in this store, with or without events in the log.
Task<Result<bool>> TimelineRoutes::is_kept_here(Shard* shard,
                                                MerchantId merchant,
                                                std::string return_id) {
  auto work = [book = &context_.parts.store.returns(),
               decoded = context_.ids().decode(IdPrefix::kReturn, return_id),
               merchant]() -> Result<bool> {
    if (!decoded) return false;
    RF_TRY(const auto view, book->find(merchant, ReturnId{decoded->row}, decoded->created_at));
    return view.has_value();
  };
  return context_.read(shard, std::move(work));
}

Task<Response> TimelineRoutes::get(Request request) {
  const auto parameters = QueryParameters::parse(request.query, {"limit", "cursor"});
  if (!parameters) co_return problem_response(parameters.error());
  const auto question =
      parse_page_question(*parameters, ListKind::kTimeline, ListOrder::kAscending, context_.ids());
  if (!question) co_return problem_response(question.error());
  if (question->limit > limits::kTimelineEventsMax) {
    co_return problem_response(
        bad_parameter("'limit' counts events here, and must be a number from 1 to " +
                      std::to_string(limits::kTimelineEventsMax) + ".")
            .error());
  }
  EventFilter filter{.merchant = request.caller.merchant->id,
                     .type = std::nullopt,
                     .return_id = request.parameter,
                     .since = std::nullopt,
                     .until = std::nullopt,
                     .order = ListOrder::kAscending,
                     .from = question->from,
                     .limit = question->limit};
  auto work = [events = &context_.parts.store.events(),
               deliveries = &context_.parts.store.deliveries(),
               filter] { return TimelineReader(*events, *deliveries).read(filter); };
  const auto page = co_await context_.read(request.shard, std::move(work));
  if (!page) co_return problem_response(page.error());
  // Returns that live elsewhere are known by their events alone.
  if (page->rows.empty() && !page->next && !question->from) {
    const auto kept = co_await is_kept_here(request.shard, filter.merchant, request.parameter);
    if (!kept) co_return problem_response(kept.error());
    if (!*kept) co_return problem_response(no_such("return", request.parameter).error());
  }
  Response response;
  JsonWriter json(response.body);
  json.open_object();
  json.key("data");
  append_timeline(json, page->rows, context_.ids());
  append_next_cursor(json, page->next, *question, context_.ids());
  json.close_object();
  co_return response;
}

}  // namespace

void add_timeline_routes(std::vector<Route>& routes, ApiContext& context) {
  const auto owner = std::make_shared<TimelineRoutes>(context);
  routes.push_back(route_to(Method::kGet,
                            "/v1/returns/{id}/timeline",
                            Access::kMerchant,
                            BodyKind::kNone,
                            owner,
                            &TimelineRoutes::get));
}

}  // namespace returnflows

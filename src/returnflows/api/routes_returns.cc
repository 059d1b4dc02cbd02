#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/api/idempotency.h"
#include "returnflows/api/if_match.h"
#include "returnflows/api/list_page.h"
#include "returnflows/api/problem.h"
#include "returnflows/api/query.h"
#include "returnflows/api/routes.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/returns/command_body.h"
#include "returnflows/returns/return_draft.h"

namespace returnflows {
namespace {

using returns::CommandName;

// How long `close` waits for its payouts before it answers 202.
constexpr std::chrono::seconds kClosePatience{5};

// "/v1/returns/{id}/pay" and so on, by CommandName.
const std::array<std::string, returns::kCommandNameCount>& command_paths() {
  static const auto paths = [] {
    std::array<std::string, returns::kCommandNameCount> made;
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i] = "/v1/returns/{id}/";
      made[i] += returns::command_name_text(static_cast<CommandName>(i));
    }
    return made;
  }();
  return paths;
}

Response show(ReturnView view, int status) {
  return Response{
      .status = status, .body = std::move(view.snapshot), .header_lines = etag_line(view.version)};
}

// `{"status":"created","paused":false}` and the commands that would be taken.
std::string members_of(const returns::Refusal& refusal) {
  std::string members = ",\"state\":";
  JsonWriter state(members);
  state.open_object();
  state.member("status", returns::lifecycle_name(refusal.lifecycle));
  state.member("paused", refusal.is_paused);
  state.close_object();
  members += ",\"allowed_commands\":";
  JsonWriter allowed(members);
  allowed.open_array();
  for (const CommandName name : refusal.allowed) {
    allowed.text(returns::command_name_text(name));
  }
  allowed.close_array();
  return members;
}

Response refuse(const returns::Refusal& refusal, const ReturnView& view) {
  Problem problem{.status = 409,
                  .code = "invalid_transition",
                  .detail = "This return does not take the command now: ",
                  .header_lines = etag_line(view.version),
                  .members_json = members_of(refusal)};
  problem.detail += refusal.reason;
  problem.detail += '.';
  return problem_response(problem);
}

class ReturnRoutes {
 public:
  ReturnRoutes(ApiContext& context, ReturnWaits& waits) : context_(context), waits_(waits) {}

  Task<Response> create(Request request);
  Task<Response> list(Request request);
  Task<Response> get(Request request);
  Task<Response> run(CommandName name, Request request);

  Task<Response> pause_order(Request request) {
    return run_on_order(CommandName::kPause, std::move(request));
  }

  Task<Response> resume_order(Request request) {
    return run_on_order(CommandName::kResume, std::move(request));
  }

  Task<Response> scan(Request request);

 private:
  Task<Response> run_on_order(CommandName name, Request request);
  Task<Response> answer_close(Request request, ReturnView view, ReturnWaits::Wait& wait);
  Result<RunCommand::OneReturn> target_of(const Request& request) const;
  Task<Result<std::optional<ReturnView>>> read(const Request& request,
                                               const RunCommand::OneReturn& target);

  ApiContext& context_;
  ReturnWaits& waits_;
};

Result<RunCommand::OneReturn> ReturnRoutes::target_of(const Request& request) const {
  const auto decoded = context_.ids().decode(IdPrefix::kReturn, request.parameter);
  if (!decoded) return no_such("return", request.parameter);
  return RunCommand::OneReturn{.id = ReturnId{decoded->row}, .created_at = decoded->created_at};
}

Task<Result<std::optional<ReturnView>>> ReturnRoutes::read(const Request& request,
                                                           const RunCommand::OneReturn& target) {
  auto work = [book = &context_.parts.store.returns(),
               merchant = request.caller.merchant->id,
               target] { return book->find(merchant, target.id, target.created_at); };
  return context_.read(request.shard, std::move(work));
}

Task<Response> ReturnRoutes::create(Request request) {
  auto draft = returns::parse_return_draft(request.body);
  if (!draft) co_return problem_response(draft.error());
  auto claim = read_idempotency_claim(request);
  if (!claim) co_return problem_response(claim.error());
  RunCommand transition{.merchant = request.caller.merchant->id,
                        .target = RunCommand::NewReturn{},
                        .command = {.body = std::move(draft->creation),
                                    .actor = std::move(draft->actor),
                                    .correlation_id = {}},
                        .idempotency = std::move(*claim)};
  auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return problem_response(outcome.error());
  ReturnView& made = outcome->returns.front();
  const std::string location = "location: /v1/returns/" + made.public_id + "\r\n";
  Response response = show(std::move(made), 201);
  response.header_lines += location;
  co_return response;
}

Task<Response> ReturnRoutes::get(Request request) {
  const auto target = target_of(request);
  if (!target) co_return problem_response(target.error());
  auto view = co_await read(request, *target);
  if (!view) co_return problem_response(view.error());
  if (!*view) co_return problem_response(no_such("return", request.parameter).error());
  co_return show(std::move(**view), 200);
}

Task<Response> ReturnRoutes::list(Request request) {
  const auto parameters = QueryParameters::parse(request.query,
                                                 {"limit",
                                                  "cursor",
                                                  "order",
                                                  "number",
                                                  "tracking",
                                                  "customer_email",
                                                  "sku",
                                                  "status",
                                                  "display_status"});
  if (!parameters) co_return problem_response(parameters.error());
  // `order` sorts, as in every list, or is the order of a shop: none is called "asc".
  std::optional<std::string_view> order = parameters->find("order");
  const bool ascending = order == "asc";
  if (ascending || order == "desc") order.reset();
  const auto question =
      parse_page_question(*parameters,
                          ListKind::kReturns,
                          ascending ? ListOrder::kAscending : ListOrder::kDescending,
                          context_.ids());
  if (!question) co_return problem_response(question.error());
  const auto text = [&](std::string_view name) -> std::optional<std::string> {
    const auto value = parameters->find(name);
    return value ? std::optional(std::string{*value}) : std::nullopt;
  };
  ReturnFilter filter{.merchant = request.caller.merchant->id,
                      .number = text("number"),
                      .order = order ? std::optional(std::string{*order}) : std::nullopt,
                      .tracking_number = text("tracking"),
                      .customer_email = text("customer_email"),
                      .sku = text("sku"),
                      .status = std::nullopt,
                      .display_status = text("display_status"),
                      .order_by = question->order,
                      .from = question->from,
                      .limit = question->limit};
  if (const auto status = parameters->find("status")) {
    filter.status = returns::find_lifecycle(*status);
    if (!filter.status) {
      co_return problem_response(
          bad_parameter("'status' is one of created, completed, processed, closed, canceled.")
              .error());
    }
  }
  auto work = [book = &context_.parts.store.returns(), filter] { return book->list(filter); };
  const auto page = co_await context_.read(request.shard, std::move(work));
  if (!page) co_return problem_response(page.error());
  co_return list_response(
      *page, *question, context_.ids(), [](JsonWriter& json, const ReturnView& view) {
        json.raw(view.snapshot);
      });
}

Task<Response> ReturnRoutes::run(CommandName name, Request request) {
  auto command = returns::parse_command(name, request.body);
  if (!command) co_return problem_response(command.error());
  const auto target = target_of(request);
  if (!target) co_return problem_response(target.error());
  auto claim = read_idempotency_claim(request);
  if (!claim) co_return problem_response(claim.error());
  RunCommand transition{
      .merchant = request.caller.merchant->id,
      .target = *target,
      .command = std::move(*command),
      .if_versions = versions_of_if_match(request.header(RequestHeader::kIfMatch)),
      .idempotency = std::move(*claim)};
  // Before the command, so that no change after it is missed.
  std::optional<ReturnWaits::Wait> wait;
  if (name == CommandName::kClose) wait.emplace(waits_, *request.shard, target->id);
  auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return problem_about("return", request.parameter, outcome.error());
  ReturnView& view = outcome->returns.front();
  if (outcome->refusal) co_return refuse(*outcome->refusal, view);
  if (!wait) co_return show(std::move(view), 200);
  co_return co_await answer_close(std::move(request), std::move(view), *wait);
}

// 200 when the money has moved, 202 while it is under way, 502 when it was refused.
Task<Response> ReturnRoutes::answer_close(Request request,
                                          ReturnView view,
                                          ReturnWaits::Wait& wait) {
  const Monotonic deadline = monotonic_now() + kClosePatience;
  const auto target = target_of(request);
  while (view.is_closing) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - monotonic_now());
    if (left.count() <= 0) co_return show(std::move(view), 202);
    co_await wait.changed(left);
    auto now = co_await read(request, *target);
    if (!now) co_return problem_response(now.error());
    if (!*now) co_return problem_response(no_such("return", request.parameter).error());
    view = std::move(**now);
  }
  if (view.lifecycle == returns::Lifecycle::kClosed) co_return show(std::move(view), 200);
  co_return problem_response(
      Problem{.status = 502,
              .code = "payout_failed",
              .detail = "A payout of the return failed, so it stays open and needs review. Its "
                        "`payouts` say why; close it again when that is mended.",
              .header_lines = etag_line(view.version),
              .members_json = ",\"return\":" + view.snapshot});
}

Task<Response> ReturnRoutes::run_on_order(CommandName name, Request request) {
  auto command = returns::parse_command(name, request.body);
  if (!command) co_return problem_response(command.error());
  if (auto* pause = std::get_if<returns::PauseReturn>(&command->body)) {
    pause->scope = returns::Scope::kOrder;
  }
  if (auto* resume = std::get_if<returns::ResumeReturn>(&command->body)) {
    resume->scope = returns::Scope::kOrder;
  }
  auto claim = read_idempotency_claim(request);
  if (!claim) co_return problem_response(claim.error());
  RunCommand transition{.merchant = request.caller.merchant->id,
                        .target = RunCommand::OrderReturns{.order_id = request.parameter},
                        .command = std::move(*command),
                        .idempotency = std::move(*claim)};
  const auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return problem_response(outcome.error());
  Response response;
  JsonWriter json(response.body);
  json.open_object();
  json.key("data").open_array();
  for (const ReturnView& view : outcome->returns) {
    json.raw(view.snapshot);
  }
  json.close_array();
  json.close_object();
  co_return response;
}

Task<Response> ReturnRoutes::scan(Request request) {
  auto scan = returns::parse_scan(request.body);
  if (!scan) co_return problem_response(scan.error());
  RunCommand::LabelledReturn target{.tracking_number = scan->tracking_number};
  RunCommand transition{
      .merchant = request.caller.merchant->id,
      .target = std::move(target),
      .command = {.body = std::move(*scan),
                  .actor = {.type = returns::ActorType::kCarrier, .id = {}, .name = {}},
                  .correlation_id = {}}};
  auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return problem_response(outcome.error());
  ReturnView& view = outcome->returns.front();
  if (outcome->refusal) co_return refuse(*outcome->refusal, view);
  co_return show(std::move(view), 200);
}

}  // namespace

void add_return_routes(std::vector<Route>& routes, ApiContext& context, ReturnWaits& waits) {
  const auto owner = std::make_shared<ReturnRoutes>(context, waits);
  const auto add = [&](Method method, std::string_view pattern, BodyKind body, auto handle) {
    routes.push_back(route_to(method, pattern, Access::kMerchant, body, owner, handle));
  };
  add(Method::kPost, "/v1/returns", BodyKind::kReturn, &ReturnRoutes::create);
  add(Method::kGet, "/v1/returns", BodyKind::kNone, &ReturnRoutes::list);
  add(Method::kGet, "/v1/returns/{id}", BodyKind::kNone, &ReturnRoutes::get);
  add(Method::kPost, "/v1/orders/{id}/pause", BodyKind::kJson, &ReturnRoutes::pause_order);
  add(Method::kPost, "/v1/orders/{id}/resume", BodyKind::kJson, &ReturnRoutes::resume_order);
  add(Method::kPost, "/v1/scans", BodyKind::kJson, &ReturnRoutes::scan);
  for (std::size_t i = 0; i < returns::kCommandNameCount; ++i) {
    routes.push_back({.method = Method::kPost,
                      .pattern = command_paths()[i],
                      .access = Access::kMerchant,
                      .body = BodyKind::kJson,
                      .handler = [owner, name = static_cast<CommandName>(i)](Request request) {
                        return owner->run(name, std::move(request));
                      }});
  }
}

}  // namespace returnflows

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/api/idempotency.h"
#include "returnflows/api/json_input.h"
#include "returnflows/api/list_page.h"
#include "returnflows/api/problem.h"
#include "returnflows/api/query.h"
#include "returnflows/api/routes.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

bool is_slug_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// "Example Shop A/S" becomes "example-shop-a-s"; empty when nothing of the name can stay.
std::string slug_of(std::string_view name) {
  std::string slug;
  for (const char c : name) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (is_slug_letter(lower)) {
      slug += lower;
    } else if (!slug.empty() && !slug.ends_with('-')) {
      slug += '-';
    }
    if (slug.size() == limits::kMerchantSlugBytesMax) break;
  }
  if (slug.ends_with('-')) slug.pop_back();
  return slug;
}

bool is_slug(std::string_view text) {
  return !text.empty() && text.size() <= limits::kMerchantSlugBytesMax &&
         std::ranges::all_of(text, [](char c) { return is_slug_letter(c) || c == '-'; });
}

void append_merchant(JsonWriter& json, const Merchant& merchant, const IdCodec& ids) {
  json.open_object();
  json.member("id", ids.encode(IdPrefix::kMerchant, merchant.id, merchant.created_at));
  json.member("name", merchant.name);
  json.member("slug", merchant.slug);
  json.member("created_at", merchant.created_at);
  json.close_object();
}

Result<Merchant> read_merchant(const boost::json::object& body) {
  JsonFields fields(body, {"name", "slug"});
  Merchant merchant;
  merchant.name = fields.text("name", limits::kMerchantNameBytesMax).value_or("");
  if (merchant.name.empty() && !fields.reported("/name")) {
    fields.report("/name", "This field is required: the shop's name, as people know it.");
  }
  const auto slug = fields.text("slug", limits::kMerchantSlugBytesMax);
  merchant.slug = slug ? *slug : slug_of(merchant.name);
  if (!is_slug(merchant.slug) && !fields.reported("/slug") && !merchant.name.empty()) {
    fields.report("/slug", "Must be 1 to 64 lower-case letters, digits and hyphens.");
  }
  RF_TRY_STATUS(fields.finish());
  return merchant;
}

class MerchantRoutes {
 public:
  explicit MerchantRoutes(ApiContext& context) : context_(context) {}

  Task<Response> create(Request request);
  Task<Response> list(Request request);
  Task<Response> get(Request request);

 private:
  ApiContext& context_;
};

Task<Response> MerchantRoutes::create(Request request) {
  const auto body = parse_json_object(request.body);
  if (!body) co_return problem_response(body.error());
  auto claim = read_idempotency_claim(request);
  if (!claim) co_return problem_response(claim.error());
  auto merchant = read_merchant(*body);
  if (!merchant) co_return problem_response(merchant.error());
  merchant->id = MerchantId{context_.parts.store.reserve_id()};
  merchant->created_at = context_.parts.clock.now();

  Response response{.status = 201};
  JsonWriter json(response.body);
  append_merchant(json, *merchant, context_.ids());
  seal_response(context_.parts.secret_box, response.body, *claim);
  CreateMerchant transition{.merchant = std::move(*merchant), .idempotency = *claim};
  const auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return problem_response(outcome.error());
  context_.authenticator.forget_merchants();
  if (outcome->replayed_response && *claim) {
    auto replayed = open_response(context_.parts.secret_box, **claim, *outcome->replayed_response);
    if (!replayed) co_return problem_response(replayed.error());
    response.body = std::move(*replayed);
  }
  co_return response;
}

Task<Response> MerchantRoutes::list(Request request) {
  const auto parameters = QueryParameters::parse(request.query, {"limit", "cursor", "order"});
  if (!parameters) co_return problem_response(parameters.error());
  const auto question = parse_list_question(
      *parameters, ListKind::kMerchants, ListOrder::kDescending, context_.ids());
  if (!question) co_return problem_response(question.error());
  const auto page = page_of(context_.parts.store.access().merchants(), *question);
  co_return list_response(
      page,
      *question,
      context_.ids(),
      [this](JsonWriter& json, const std::shared_ptr<const Merchant>& merchant) {
        append_merchant(json, *merchant, context_.ids());
      });
}

Task<Response> MerchantRoutes::get(Request request) {
  const auto merchant = context_.authenticator.find_merchant(request.parameter);
  if (merchant == nullptr)
    co_return problem_response(no_such("merchant", request.parameter).error());
  Response response;
  JsonWriter json(response.body);
  append_merchant(json, *merchant, context_.ids());
  co_return response;
}

}  // namespace

void add_merchant_routes(std::vector<Route>& routes, ApiContext& context) {
  const auto owner = std::make_shared<MerchantRoutes>(context);
  const auto add = [&](Method method, std::string_view pattern, BodyKind body, auto handle) {
    routes.push_back(route_to(method, pattern, Access::kPlatform, body, owner, handle));
  };
  add(Method::kPost, "/v1/merchants", BodyKind::kJson, &MerchantRoutes::create);
  add(Method::kGet, "/v1/merchants", BodyKind::kNone, &MerchantRoutes::list);
  add(Method::kGet, "/v1/merchants/{id}", BodyKind::kNone, &MerchantRoutes::get);
}

}  // namespace returnflows

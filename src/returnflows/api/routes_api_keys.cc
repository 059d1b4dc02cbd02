#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/api/api_keys.h"
#include "returnflows/api/idempotency.h"
#include "returnflows/api/json_input.h"
#include "returnflows/api/list_page.h"
#include "returnflows/api/problem.h"
#include "returnflows/api/query.h"
#include "returnflows/api/routes.h"
#include "returnflows/api/sha256.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

class ApiKeyRoutes {
 public:
  explicit ApiKeyRoutes(ApiContext& context) : context_(context) {}

  Task<Response> create(Request request);
  Task<Response> list(Request request);
  Task<Response> revoke(Request request);

 private:
  struct NewKey {
    ApiKey key;
    Secret text;
  };

  Result<NewKey> read_new_key(const Request& request) const;
  void append(JsonWriter& json, const ApiKey& key, const Secret* text) const;

  ApiContext& context_;
};

void ApiKeyRoutes::append(JsonWriter& json, const ApiKey& key, const Secret* text) const {
  json.open_object();
  json.member("id", context_.ids().encode(IdPrefix::kApiKey, key.id, key.created_at));
  if (const auto merchant = context_.parts.store.access().find_merchant(key.merchant)) {
    json.member("merchant_id",
                context_.ids().encode(IdPrefix::kMerchant, merchant->id, merchant->created_at));
  } else {
    json.key("merchant_id").null();
  }
  json.member("platform", !key.merchant.is_set());
  json.member("description", key.description);
  json.member("hint", key.hint);
  json.member("revoked", key.revoked);
  json.member("created_at", key.created_at);
  if (text != nullptr) json.member("key", text->reveal());
  json.close_object();
}

Result<ApiKeyRoutes::NewKey> ApiKeyRoutes::read_new_key(const Request& request) const {
  RF_TRY(const auto body, parse_optional_json_object(request.body));
  JsonFields fields(body, {"description", "platform"});
  NewKey made;
  made.key.description = fields.text("description", limits::kDescriptionBytesMax).value_or("");
  const bool for_platform = fields.boolean("platform").value_or(false);
  RF_TRY_STATUS(fields.finish());
  if (for_platform && !request.caller.is_platform()) {
    return fail(ErrorCode::kForbidden, "Only a platform key can make another platform key.");
  }
  if (!for_platform) {
    RF_TRY(const auto merchant,
           context_.authenticator.resolve_merchant(*request.caller.key,
                                                   request.header(RequestHeader::kMerchant)));
    made.key.merchant = merchant->id;
  }
  made.text = generate_api_key(context_.parts.random);
  made.key.hint = api_key_hint(made.text.reveal());
  made.key.key_sha256 = sha256({made.text.reveal()});
  made.key.created_at = context_.parts.clock.now();
  made.key.id = ApiKeyId{context_.parts.store.reserve_id()};
  return made;
}

Task<Response> ApiKeyRoutes::create(Request request) {
  auto claim = read_idempotency_claim(request);
  if (!claim) co_return problem_response(claim.error());
  auto made = read_new_key(request);
  if (!made) co_return problem_response(made.error());
  Response response{.status = 201, .header_lines = "cache-control: no-store\r\n"};
  JsonWriter json(response.body);
  append(json, made->key, &made->text);
  seal_response(context_.parts.secret_box, response.body, *claim);
  CreateApiKey transition{.key = std::move(made->key), .idempotency = *claim};
  const auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return problem_response(outcome.error());
  if (outcome->replayed_response && *claim) {
    auto replayed = open_response(context_.parts.secret_box, **claim, *outcome->replayed_response);
    if (!replayed) co_return problem_response(replayed.error());
    response.body = std::move(*replayed);
  }
  co_return response;
}

// A merchant's keys; a platform key that names no merchant sees all.
Task<Response> ApiKeyRoutes::list(Request request) {
  const auto parameters = QueryParameters::parse(request.query, {"limit", "cursor", "order"});
  if (!parameters) co_return problem_response(parameters.error());
  const auto question =
      parse_list_question(*parameters, ListKind::kApiKeys, ListOrder::kDescending, context_.ids());
  if (!question) co_return problem_response(question.error());
  auto keys = context_.parts.store.access().keys();
  if (request.caller.merchant != nullptr) {
    std::erase_if(keys, [merchant = request.caller.merchant->id](const auto& key) {
      return key->merchant != merchant;
    });
  }
  const auto page = page_of(std::move(keys), *question);
  co_return list_response(page,
                          *question,
                          context_.ids(),
                          [this](JsonWriter& json, const std::shared_ptr<const ApiKey>& key) {
                            append(json, *key, nullptr);
                          });
}

Task<Response> ApiKeyRoutes::revoke(Request request) {
  const auto decoded = context_.ids().decode(IdPrefix::kApiKey, request.parameter);
  const auto keys = context_.parts.store.access().keys();
  const auto found = std::ranges::find_if(keys, [&](const auto& key) {
    return decoded && key->id.value == decoded->row && key->created_at == decoded->created_at &&
           (request.caller.merchant == nullptr || key->merchant == request.caller.merchant->id);
  });
  if (found == keys.end()) {
    co_return problem_response(no_such("API key", request.parameter).error());
  }
  RevokeApiKey transition{.key = (*found)->id, .merchant = (*found)->merchant};
  const auto outcome = co_await context_.commit(request.shard, std::move(transition));
  if (!outcome) co_return problem_about("API key", request.parameter, outcome.error());
  co_return Response{.status = 204};
}

}  // namespace

void add_api_key_routes(std::vector<Route>& routes, ApiContext& context) {
  const auto owner = std::make_shared<ApiKeyRoutes>(context);
  const auto add = [&](Method method, std::string_view pattern, BodyKind body, auto handle) {
    routes.push_back(route_to(method, pattern, Access::kAnyKey, body, owner, handle));
  };
  add(Method::kPost, "/v1/api-keys", BodyKind::kJson, &ApiKeyRoutes::create);
  add(Method::kGet, "/v1/api-keys", BodyKind::kNone, &ApiKeyRoutes::list);
  add(Method::kDelete, "/v1/api-keys/{id}", BodyKind::kNone, &ApiKeyRoutes::revoke);
}

}  // namespace returnflows

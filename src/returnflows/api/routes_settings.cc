#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "returnflows/api/if_match.h"
#include "returnflows/api/json_input.h"
#include "returnflows/api/problem.h"
#include "returnflows/api/routes.h"
#include "returnflows/api/settings_json.h"
#include "returnflows/base/json_writer.h"
#include "returnflows/store/return_transitions.h"

namespace returnflows {
namespace {

Response show(const MerchantSettings& settings) {
  Response response{.header_lines = etag_line(settings.version)};
  JsonWriter json(response.body);
  append_settings(json, settings);
  return response;
}

Status check_version(const std::vector<std::int64_t>& wanted, const MerchantSettings& settings) {
  if (allows(wanted, settings.version)) return {};
  return std::unexpected(
      Error{.code = ErrorCode::kConflict,
            .detail = "The settings have been changed since; they are at version " +
                      std::to_string(settings.version) + " now. Get them and try again.",
            .reason = std::string{reason::kPreconditionFailed}});
}

class SettingsRoutes {
 public:
  explicit SettingsRoutes(ApiContext& context) : context_(context) {}

  Task<Response> get(Request request);
  Task<Response> patch(Request request);

 private:
  using Changed = std::shared_ptr<const MerchantSettings>;

  Task<Result<Changed>> update(Request request, boost::json::object patch);
  Task<Status> review_returns(Shard* shard, MerchantId merchant, std::int64_t version);

  ApiContext& context_;
};

Task<Response> SettingsRoutes::get(Request request) {
  co_return show(*context_.parts.store.settings().settings_of(request.caller.merchant->id));
}

// Commits what `patch` makes of the settings, on top of whatever version is there.
Task<Result<SettingsRoutes::Changed>> SettingsRoutes::update(Request request,
                                                             boost::json::object patch) {
  const std::vector<std::int64_t> wanted =
      versions_of_if_match(request.header(RequestHeader::kIfMatch));
  const SettingsKeeping keeping{.egress_policy = context_.parts.egress_policy,
                                .secret_box = context_.parts.secret_box};
  for (int tries = 1;; ++tries) {
    const auto current = context_.parts.store.settings().settings_of(request.caller.merchant->id);
    if (const Status checked = check_version(wanted, *current); !checked) {
      co_return std::unexpected(checked.error());
    }
    auto next = patch_settings(patch, *current, keeping);
    if (!next) co_return std::unexpected(next.error());
    ++next->version;
    UpdateSettings transition{.settings = std::move(*next)};
    auto outcome = co_await context_.commit(request.shard, std::move(transition));
    const bool lost_race = !outcome && outcome.error().code == ErrorCode::kConflict;
    if (!lost_race || tries == kUpdateTriesMax) co_return outcome;
  }
}

// Lets the open returns follow the settings, page by page, so that commands of others come between.
Task<Status> SettingsRoutes::review_returns(Shard* shard,
                                            MerchantId merchant,
                                            std::int64_t version) {
  ReviewReturns page{.merchant = merchant, .version = version};
  for (;;) {
    ReviewReturns transition = page;
    const auto outcome = co_await context_.commit(shard, std::move(transition));
    if (!outcome) co_return std::unexpected(outcome.error());
    if (outcome->done) co_return Status{};
    page.after = outcome->last;
  }
}

Task<Response> SettingsRoutes::patch(Request request) {
  auto body = parse_json_object(request.body);
  if (!body) co_return problem_response(body.error());
  const auto updated = co_await update(request, std::move(*body));
  if (!updated) co_return problem_response(updated.error());
  const Status reviewed =
      co_await review_returns(request.shard, request.caller.merchant->id, (*updated)->version);
  if (!reviewed) {
    co_return problem_response(
        Error{.code = ErrorCode::kUnavailable,
              .detail = "The settings have been changed, but not all open returns have followed "
                        "them yet; send the same change again without If-Match."});
  }
  co_return show(**updated);
}

}  // namespace

void add_settings_routes(std::vector<Route>& routes, ApiContext& context) {
  const auto owner = std::make_shared<SettingsRoutes>(context);
  const auto add = [&](Method method, BodyKind body, auto handle) {
    routes.push_back(route_to(method, "/v1/settings", Access::kMerchant, body, owner, handle));
  };
  add(Method::kGet, BodyKind::kNone, &SettingsRoutes::get);
  add(Method::kPatch, BodyKind::kPatch, &SettingsRoutes::patch);
}

}  // namespace returnflows

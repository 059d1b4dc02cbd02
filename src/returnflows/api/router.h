#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "returnflows/api/request.h"
#include "returnflows/api/response.h"
#include "returnflows/runtime/task.h"

namespace returnflows {

// Who may call a route.
enum class Access : std::uint8_t {
  kPublic,    // Anybody: no key is looked at.
  kMerchant,  // A key of the merchant, or a platform key that names one.
  kAnyKey,    // Any valid key; a platform key need not name a merchant.
  kPlatform,  // A platform key.
};

// What a route reads: decides the size limit and the content types.
enum class BodyKind : std::uint8_t {
  kNone,     // Ignored when present.
  kJson,     // limits::kRequestBytesMax, application/json
  kPatch,    // The same; also application/merge-patch+json
  kEvent,    // limits::kEventBytesMax, application/json
  kReturn,   // limits::kReturnBytesMax, application/json
  kBatch,    // limits::kBatchBytesMax, application/json or application/x-ndjson
  kCarrier,  // limits::kCarrierBodyBytesMax, any content type: carriers send what they like
};

using Handler = std::function<Task<Response>(Request)>;

// One row of the route table.
struct Route {
  Method method = Method::kGet;
  std::string_view pattern;  // A literal; at most one `{…}`, which stands for one segment.
  Access access = Access::kMerchant;
  BodyKind body = BodyKind::kNone;
  Handler handler;
};

// The largest body that `kind` takes.
std::size_t body_bytes_max(BodyKind kind);

std::string_view method_name(Method method);

// Finds the route of a request. Thread: any, once made.
class Router {
 public:
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;  // Null: `allowed` tells whether it is the path or the method.
    std::string parameter;         // Percent-decoded.
    // The methods that the path has, as in an Allow header; empty when there is no such path.
    std::string allowed;
  };

  // HEAD finds the GET route.
  Match find(Method method, std::string_view path) const;

  // All routes as ("POST", "/v1/events"), sorted: for the test that compares them with the
  // OpenAPI document.
  std::vector<std::pair<std::string, std::string>> list() const;

 private:
  using PathRoutes = std::vector<const Route*>;

  const PathRoutes* find_path(std::string_view path, std::string_view& parameter) const;

  std::vector<Route> routes_;
  std::unordered_map<std::string_view, PathRoutes> fixed_;

  // With a parameter, as (before, after): "/v1/endpoints/" and "/pause".
  struct Pattern {
    std::string_view before;
    std::string_view after;
    PathRoutes routes;
  };

  std::vector<Pattern> patterns_;
};

}  // namespace returnflows

#include "returnflows/api/router.h"

#include <algorithm>

#include "returnflows/api/percent_encoding.h"
#include "returnflows/base/check.h"
#include "returnflows/base/limits.h"

namespace returnflows {

std::size_t body_bytes_max(BodyKind kind) {
  switch (kind) {
    case BodyKind::kReturn:
      return limits::kReturnBytesMax;
    case BodyKind::kEvent:
      return limits::kEventBytesMax;
    case BodyKind::kBatch:
      return limits::kBatchBytesMax;
    case BodyKind::kCarrier:
      return limits::kCarrierBodyBytesMax;
    case BodyKind::kNone:
    case BodyKind::kJson:
    case BodyKind::kPatch:
      return limits::kRequestBytesMax;
  }
  return limits::kRequestBytesMax;
}

std::string_view method_name(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    case Method::kOther:
      return "OTHER";
  }
  return "OTHER";
}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const Route& route : routes_) {
    const std::size_t open = route.pattern.find('{');
    if (open == std::string_view::npos) {
      fixed_[route.pattern].push_back(&route);
      continue;
    }
    const std::size_t close = route.pattern.find('}', open);
    RF_CHECK(close != std::string_view::npos);
    const std::string_view before = route.pattern.substr(0, open);
    const std::string_view after = route.pattern.substr(close + 1);
    auto same = std::ranges::find_if(patterns_, [&](const Pattern& pattern) {
      return pattern.before == before && pattern.after == after;
    });
    if (same == patterns_.end()) {
      same = patterns_.insert(same, Pattern{.before = before, .after = after, .routes = {}});
    }
    same->routes.push_back(&route);
  }
}

const Router::PathRoutes* Router::find_path(std::string_view path,
                                            std::string_view& parameter) const {
  if (const auto fixed = fixed_.find(path); fixed != fixed_.end()) return &fixed->second;
  for (const Pattern& pattern : patterns_) {
    if (path.size() <= pattern.before.size() + pattern.after.size()) continue;
    if (!path.starts_with(pattern.before) || !path.ends_with(pattern.after)) continue;
    const std::string_view middle = path.substr(
        pattern.before.size(), path.size() - pattern.before.size() - pattern.after.size());
    if (middle.contains('/')) continue;
    parameter = middle;
    return &pattern.routes;
  }
  return nullptr;
}

Router::Match Router::find(Method method, std::string_view path) const {
  Match match;
  std::string_view parameter;
  const PathRoutes* const routes = find_path(path, parameter);
  if (routes == nullptr) return match;
  auto decoded = percent_decode(parameter, PlusSign::kLiteral);
  if (!decoded) return match;
  match.parameter = std::move(*decoded);
  const Method wanted = method == Method::kHead ? Method::kGet : method;
  for (const Route* route : *routes) {
    if (route->method == wanted) match.route = route;
  }
  if (match.route != nullptr) return match;
  for (const Route* route : *routes) {
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += method_name(route->method);
    if (route->method == Method::kGet) match.allowed += ", HEAD";
  }
  return match;
}

std::vector<std::pair<std::string, std::string>> Router::list() const {
  std::vector<std::pair<std::string, std::string>> all;
  all.reserve(routes_.size());
  for (const Route& route : routes_) {
    all.emplace_back(method_name(route.method), route.pattern);
  }
  std::ranges::sort(all);
  return all;
}

}  // namespace returnflows

#include "returnflows/api/router.h"

#include <utility>

namespace returnflows {
namespace {

// "/v1/events/" → {"v1", "events", ""}: a trailing slash is another path.
std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

// Fills `parameters` with what "{…}" stands for; false when the path is not of this pattern.
bool matches(const std::vector<std::string_view>& pattern,
             const std::vector<std::string_view>& path,
             std::vector<std::string_view>& parameters) {
  if (pattern.size() != path.size()) return false;
  parameters.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].starts_with('{')) {
      if (path[i].empty()) return false;
      parameters.push_back(path[i]);
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  return true;
}

std::size_t parameter_count(std::string_view pattern) {
  std::size_t count = 0;
  for (const char c : pattern) {
    count += c == '{' ? 1U : 0U;
  }
  return count;
}

}  // namespace

std::vector<Route> all_routes() {
  std::vector<Route> routes;
  add_event_routes(routes);
  add_event_type_routes(routes);
  add_endpoint_routes(routes);
  add_delivery_routes(routes);
  add_merchant_routes(routes);
  add_api_key_routes(routes);
  add_operation_routes(routes);
  return routes;
}

Router::Router(std::vector<Route> routes) {
  for (Route& route : routes) {
    entries_.push_back({route, split_path(route.pattern)});
  }
}

// Of two patterns that fit, the one with fewer placeholders wins: /v1/events/stream before
// /v1/events/{id}.
Router::Match Router::find(std::string_view method, std::string_view path) const {
  const std::vector<std::string_view> segments = split_path(path);
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  Match best;
  std::vector<std::string_view> parameters;
  for (const Entry& entry : entries_) {
    if (!matches(entry.segments, segments, parameters)) continue;
    if (entry.route.method != wanted) {
      best.allowed += (best.allowed.empty() ? "" : ", ") + std::string{entry.route.method};
      continue;
    }
    if (best.route == nullptr ||
        parameter_count(entry.route.pattern) < parameter_count(best.route->pattern)) {
      best.route = &entry.route;
      best.parameters = parameters;
    }
  }
  return best;
}

}  // namespace returnflows

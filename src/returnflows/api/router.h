#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "returnflows/api/call.h"
#include "returnflows/base/limits.h"

namespace returnflows {

// Who may use a route.
enum class Access : std::uint8_t {
  kOpen,      // No key needed: health, metrics, the documents.
  kMerchant,  // Any key; a merchant is worked out from it or from the header.
  kPlatform,  // A platform key only.
  kAnyKey,    // Any key, without a merchant (a platform key need not name one).
};

// A handler runs on the connection's shard. `call` outlives it.
using Handler = Task<Response> (*)(Call* call);

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/v1/events/{id}"
  Access access = Access::kMerchant;
  Handler handler = nullptr;
  std::size_t body_bytes_max = limits::kRequestBytesMax;
  bool accepts_ndjson = false;
};

// Each resource adds its own routes.
void add_event_routes(std::vector<Route>& routes);
void add_event_type_routes(std::vector<Route>& routes);
void add_endpoint_routes(std::vector<Route>& routes);
void add_delivery_routes(std::vector<Route>& routes);
void add_merchant_routes(std::vector<Route>& routes);
void add_api_key_routes(std::vector<Route>& routes);
void add_operation_routes(std::vector<Route>& routes);

// All routes of the server.
std::vector<Route> all_routes();

// Finds the route of a request.
class Router {
 public:
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;  // Null: none of this path, or none of this method.
    std::vector<std::string_view> parameters;
    std::string allowed;  // For 405: the methods that the path takes, "GET, POST".
  };

  Match find(std::string_view method, std::string_view path) const;

 private:
  struct Entry {
    Route route;
    std::vector<std::string_view> segments;
  };

  std::vector<Entry> entries_;
};

}  // namespace returnflows

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "returnflows/api/control.h"
#include "returnflows/api/http_message.h"
#include "returnflows/base/clock.h"
#include "returnflows/base/random.h"
#include "returnflows/base/result.h"
#include "returnflows/endpoints/egress_policy.h"
#include "returnflows/endpoints/secret_box.h"
#include "returnflows/events/published_event.h"
#include "returnflows/observability/metrics.h"
#include "returnflows/runtime/offload.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/store/journal.h"
#include "returnflows/store/store.h"

namespace returnflows {

class EventStreamHub;

// What the routes work with. Everything outlives every call.
struct Services {
  Journal& journal;
  Store& store;
  const SecretBox& secrets;
  const EgressPolicy& egress;
  const Clock& clock;
  Random& random;
  BlockingPool& storage_pool;
  Metrics& metrics;
  ServerControl& control;
  EventStreamHub& streams;
  std::string version;
};

// Who is calling, and for which merchant.
struct Caller {
  std::shared_ptr<const ApiKey> key;
  std::shared_ptr<const Merchant> merchant;  // Set for every route that needs one.

  bool is_platform() const { return key && !key->merchant.is_set(); }
};

// One request on its way through a route. Lives in the connection's task until the answer is
// there; routes take it by pointer and may keep it across co_await.
struct Call {
  const Request& request;
  Services& services;
  Shard& shard;
  EventParser& event_parser;  // Of this shard.
  Caller caller;
  std::vector<std::string_view> parameters;  // What "{…}" of the pattern matched, in order.

  // Commits `transition` and returns its outcome once it is durable.
  template <class Transition>
  Task<Result<typename Transition::Outcome>> commit(Transition transition) {
    using Answer = Result<typename Transition::Outcome>;
    auto start = [this, transition = std::move(transition)](
                     std::move_only_function<void(Answer)> done) mutable {
      services.journal.submit(std::move(transition), shard, std::move(done));
    };
    return answer_of<Answer>(std::move(start));
  }

  // Runs `read` (a read of the store, which may block) away from the shard.
  template <class Read>
  Task<std::invoke_result_t<Read>> blocking(Read read) {
    return offload(services.storage_pool, shard, std::move(read));
  }
};

}  // namespace returnflows

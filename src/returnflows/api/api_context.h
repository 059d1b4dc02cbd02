#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "returnflows/api/auth.h"
#include "returnflows/api/control.h"
#include "returnflows/base/clock.h"
#include "returnflows/base/random.h"
#include "returnflows/base/result.h"
#include "returnflows/endpoints/egress_policy.h"
#include "returnflows/endpoints/secret_box.h"
#include "returnflows/observability/metrics.h"
#include "returnflows/runtime/offload.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/store/journal.h"
#include "returnflows/store/store.h"

namespace returnflows {

// What the API is made of; everything but the last two outlives it.
struct ApiParts {
  ShardSet& shards;
  Journal& journal;
  Store& store;
  const SecretBox& secret_box;
  const Clock& clock;
  Random& random;
  BlockingPool& storage_pool;
  Metrics& metrics;
  ServerControl& control;
  EgressPolicy egress_policy = {};
  std::string version = {};
};

// What the routes share. Thread: any shard; nothing here changes but the authenticator's counter.
struct ApiContext {
  explicit ApiContext(ApiParts api_parts)
      : parts(std::move(api_parts)), authenticator(parts.store.access(), parts.store.ids()) {}

  ApiParts parts;
  Authenticator authenticator;

  const IdCodec& ids() const { return parts.store.ids(); }

  // Writes `transition`; the answer comes when it is durable. Runs on: `shard`.
  template <class Transition>
  Task<Result<typename Transition::Outcome>> commit(Shard* shard, Transition transition) {
    auto start =
        [journal = &parts.journal, shard, taken = std::move(transition)](auto done) mutable {
          journal->submit(std::move(taken), *shard, std::move(done));
        };
    return answer_of<Result<typename Transition::Outcome>>(std::move(start));
  }

  // Runs `work`, which may block on the disk, on the storage pool. Runs on: `shard`.
  template <class Work>
  auto read(Shard* shard, Work work) {
    return offload(parts.storage_pool, *shard, std::move(work));
  }
};

}  // namespace returnflows

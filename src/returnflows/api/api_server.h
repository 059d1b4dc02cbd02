#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "returnflows/api/call.h"
#include "returnflows/base/result.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/store/journal.h"

namespace returnflows {

// What the API is made of; everything outlives it.
struct ApiParts {
  ShardSet& shards;
  Store& store;
  const SecretBox& secrets;
  const EgressPolicy& egress;
  const Clock& clock;
  Random& random;
  BlockingPool& storage_pool;
  Metrics& metrics;
  ServerControl& control;
  std::string version;
};

// The HTTP API: authenticates, routes, answers. Thread: one for its functions; requests run on
// shards.
class ApiServer {
 public:
  explicit ApiServer(ApiParts parts);
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  // What the journal must tell of commits, for event streams. Valid from construction on.
  CommitObserver& observer();

  // Begins to accept; the journal and the shards must be running. Errors: see HttpServer::listen.
  Status listen(Journal& journal, const std::string& host, std::uint16_t port);

  std::uint16_t port() const;

  // Accepts nothing more, answers what is under way for at most `grace`. Blocks.
  void stop(std::chrono::milliseconds grace);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace returnflows

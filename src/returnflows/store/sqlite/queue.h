#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "returnflows/base/result.h"
#include "returnflows/store/sqlite/connection.h"
#include "returnflows/store/sqlite/writer.h"
#include "returnflows/store/store.h"

namespace returnflows::sqlite {

// Reads what waits, on the writer's connection. What the backlog knows in memory answers for
// endpoints that are owed nothing and skips buckets in which nothing is left to send.
//
// Thread: the journal's, between groups.
class Queue final : public DeliveryQueue {
 public:
  static Result<std::unique_ptr<Queue>> open(Connection& connection, Writer& writer);

  Result<Loaded> load_ready(const ReadyQuestion& question) override;
  Result<Loaded> load_waiting(const WaitingQuestion& question) override;
  Result<std::optional<Timestamp>> next_waiting_at(EndpointId endpoint) override;
  Result<std::vector<EndpointId>> endpoints_with_pending() override;

 private:
  // Fills a Loaded until a bound is reached.
  struct Filling {
    Loaded loaded;
    std::size_t count_max = 0;
    std::size_t bytes_max = 0;
    std::size_t bytes = 0;

    bool full() const { return loaded.deliveries.size() >= count_max || bytes >= bytes_max; }
  };

  explicit Queue(Writer& writer) : writer_(writer) {}

  Result<Loaded> read_ready(const ReadyQuestion& question, const Backlog::OfEndpoint& owed);
  // Adds the row; false when there was no room for it.
  Result<bool> take(const Run& run, EndpointId endpoint, Filling& filling);
  template <class Answer>
  Result<Answer> checked(Result<Answer> answer);

  Writer& writer_;
  Statement ready_;
  Statement waiting_;
  Statement next_waiting_;
};

}  // namespace returnflows::sqlite

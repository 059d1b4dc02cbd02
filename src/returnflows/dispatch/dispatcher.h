#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "returnflows/dispatch/dispatch_shard.h"
#include "returnflows/endpoints/egress_policy.h"
#include "returnflows/runtime/due_source.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/store/journal.h"

namespace returnflows {

// The engine that sends. Hears of every commit, keeps one lane per endpoint on the shard that owns
// the endpoint, and has every outcome written by the journal.
//
// Order of life: make() before the journal (whose observer it is), start() once the journal runs;
// stop(), then the journal's stop(), then that of the shards, and only then is it destroyed. The
// blocking pool is joined before the shards are destroyed.
//
// Thread: on_commit() on the journal's, the rest on any but a shard's.
class Dispatcher final : public CommitObserver, public DueSource {
 public:
  struct Parts {
    ShardSet& shards;
    const EndpointCatalog& catalog;
    const IdCodec& ids;
    const SecretBox& secrets;
    const Clock& clock;
    Random& random;
    EgressPolicy egress;
    BlockingPool& pool;  // For looking up names.
    Metrics& metrics;
  };

  struct Options {
    std::size_t in_flight_max = limits::kInFlightMax;
    std::size_t window_bytes_max = limits::kLaneBytesMax;
    std::string version = RF_VERSION;  // For the user-agent.
    std::optional<std::filesystem::path> extra_ca_file;
    Resolver::Source resolver_source = machine_addresses;
  };

  // Errors: kInvalidInput when `extra_ca_file` cannot be read.
  static Result<std::unique_ptr<Dispatcher>> make(Parts parts, Options options);
  ~Dispatcher() override;

  // Asks the store which endpoints are owed something and starts their lanes. The journal and the
  // shards must be running.
  void start(Journal& journal);

  // No new attempts; those under way may end within `grace`, then their connections are closed:
  // these are not settled and go again after the next start. When it returns, nothing more is
  // submitted to the journal. Blocks. May be called twice, and without start().
  void stop(std::chrono::milliseconds grace);

  void on_commit(const CommitReport& report) override;

  // For others that send: it holds the authorities of the machine, which take milliseconds to read.
  asio::ssl::context& tls() const { return *tls_; }

  // In memory or in the store. See DueSource.
  void next_due(Mailbox& reply_to,
                std::move_only_function<void(std::optional<Timestamp>)> done) override;
  void kick() override;
  void settled_quiet(Mailbox& reply_to, Mailbox::Letter done) override;

  struct Statistics {
    std::size_t in_flight = 0;
    std::size_t queued = 0;  // In memory, not yet on their way.
    std::size_t lanes = 0;
    std::size_t window_bytes = 0;
  };

  Statistics statistics() const;

 private:
  // Visits the shards one after the other, each on its own thread.
  using Visit = std::function<void(DispatchShard&)>;

  Dispatcher(Parts parts, Options options, std::shared_ptr<asio::ssl::context> tls);

  std::size_t shard_index(EndpointId id) { return parts_.shards.owner_of(hash_of(id)).index(); }

  static std::size_t hash_of(EndpointId id) { return std::hash<EndpointId>{}(id); }

  void on_every_shard(const Visit& visit);
  void walk(std::size_t index, std::shared_ptr<Visit> visit, Mailbox::Letter then);
  void wait_until_closed();

  Parts parts_;
  std::shared_ptr<asio::ssl::context> tls_;
  ByteBudget budget_;
  Activity activity_;
  FlightCounter flights_;
  DispatchShard::Parts shard_parts_;
  std::vector<std::unique_ptr<DispatchShard>> shards_;
  bool started_ = false;
  bool stopped_ = false;
};

}  // namespace returnflows

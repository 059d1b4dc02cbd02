#include "returnflows/store/sqlite/sqlite_store.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <span>
#include <system_error>
#include <utility>

#include "returnflows/base/checksum.h"
#include "returnflows/store/sqlite/catalog.h"
#include "returnflows/store/sqlite/catalog_table.h"
#include "returnflows/store/sqlite/connection.h"
#include "returnflows/store/sqlite/delivery_log.h"
#include "returnflows/store/sqlite/event_log.h"
#include "returnflows/store/sqlite/keyed_hashes.h"
#include "returnflows/store/sqlite/process_lock.h"
#include "returnflows/store/sqlite/queue.h"
#include "returnflows/store/sqlite/reader_pool.h"
#include "returnflows/store/sqlite/return_book.h"
#include "returnflows/store/sqlite/schema.h"
#include "returnflows/store/sqlite/writer.h"

namespace returnflows {
namespace sqlite {
namespace {

constexpr std::string_view kHashKeyName = "hash_key";

Result<std::optional<HashKey>> read_hash_key(Connection& connection) {
  RF_TRY(Statement statement, connection.prepare("SELECT value FROM meta WHERE name=?1"));
  Run run = statement.start(Text{kHashKeyName});
  RF_TRY(const bool row, run.next());
  if (!row) return std::nullopt;
  HashKey key{};
  if (run.blob(0).size() != sizeof key) {
    return fail(ErrorCode::kCorruption, "the key of this store is damaged");
  }
  std::memcpy(key.data(), run.blob(0).data(), sizeof key);
  return key;
}

// Gives a store without one its secret key, and the merchant that single-shop installs use: both
// or neither.
Result<HashKey> found_store(Connection& connection, const SqliteOptions& options) {
  HashKey key{};
  options.random.fill(std::as_writable_bytes(std::span(key)));
  RF_TRY(Statement begin, connection.prepare("BEGIN IMMEDIATE"));
  RF_TRY(Statement insert, connection.prepare("INSERT INTO meta(name,value) VALUES(?1,?2)"));
  RF_TRY(Statement commit, connection.prepare("COMMIT"));
  RF_TRY(CatalogTable catalog, CatalogTable::open(connection));
  RF_TRY_STATUS(begin.execute());
  RF_TRY_STATUS(insert.execute(Text{kHashKeyName},
                               Blob{{reinterpret_cast<const char*>(key.data()), sizeof key}}));
  RF_TRY_STATUS(catalog.write(Merchant{.id = MerchantId{1},
                                       .name = "Default",
                                       .slug = "default",
                                       .created_at = options.clock.now()}));
  RF_TRY_STATUS(commit.execute());
  return key;
}

class SqliteStore final : public Store {
 public:
  static Result<std::unique_ptr<Store>> open(const SqliteOptions& options);

  TransitionStore& transitions() override { return *writer_; }

  DeliveryQueue& queue() override { return *queue_; }

  EventLog& events() override { return *events_; }

  DeliveryLog& deliveries() override { return *deliveries_; }

  ReturnBook& returns() override { return *returns_; }

  TimerBook& timers() override { return *returns_; }

  const EndpointCatalog& endpoints() const override { return catalog_; }

  const AccessBook& access() const override { return catalog_; }

  const SettingsBook& settings() const override { return catalog_; }

  const IdCodec& ids() const override { return *ids_; }

  std::int64_t reserve_id() override { return ++last_small_id_; }

  StoreStatistics statistics() const override;

 private:
  SqliteStore(std::filesystem::path file, ProcessLock lock)
      : file_(std::move(file)), lock_(std::move(lock)) {}

  Status load(const SqliteOptions& options);

  // In the order in which they need one another.
  std::filesystem::path file_;
  ProcessLock lock_;
  std::atomic<std::uint64_t> executed_{0};
  std::atomic<std::int64_t> last_small_id_{0};
  WriterCounters counters_;
  PublishedCatalog catalog_;
  EventFilters filters_;
  std::optional<IdCodec> ids_;
  std::optional<KeyedHashes> hashes_;
  std::unique_ptr<Connection> connection_;
  std::optional<ReaderPool> pool_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Queue> queue_;
  std::optional<EventReader> events_;
  std::optional<DeliveryReader> deliveries_;
  std::optional<ReturnReader> returns_;
};

Result<std::unique_ptr<Store>> SqliteStore::open(const SqliteOptions& options) {
  RF_TRY(ProcessLock lock, ProcessLock::take(options.file));
  auto store = std::unique_ptr<SqliteStore>(new SqliteStore(options.file, std::move(lock)));
  RF_TRY_STATUS(store->load(options));
  return store;
}

Status SqliteStore::load(const SqliteOptions& options) {
  std::error_code ignored;
  if (std::filesystem::exists(options.file, ignored)) {
    // Looked at before anything is changed: it may be another program's.
    RF_TRY(auto inspector,
           Connection::open(
               {.file = options.file, .vfs = options.vfs, .role = ConnectionRole::kInspector}));
    RF_TRY_STATUS(read_schema_version(*inspector));
  }
  RF_TRY(connection_,
         Connection::open({.file = options.file,
                           .vfs = options.vfs,
                           .role = ConnectionRole::kWriter,
                           .executed = &executed_}));
  RF_TRY_STATUS(migrate_schema(*connection_));
  RF_TRY(std::optional<HashKey> key, read_hash_key(*connection_));
  if (!key) {
    RF_TRY(key, found_store(*connection_, options));
  }
  // A process that died of a failed sync may have left a log that is readable now and would be
  // gone after a power cut. Copying it into the file and syncing that makes it all durable.
  RF_TRY_STATUS(connection_->checkpoint(Connection::Checkpoint::kTruncate));
  ids_.emplace(*key);
  hashes_.emplace(*key);
  RF_TRY(last_small_id_, CatalogTable::last_id(*connection_));
  pool_.emplace(options.file, options.vfs, executed_);
  RF_TRY(writer_,
         Writer::open({.connection = *connection_,
                       .ids = *ids_,
                       .hashes = *hashes_,
                       .filters = filters_,
                       .published = catalog_,
                       .counters = counters_}));
  RF_TRY(queue_, Queue::open(*connection_, *writer_));
  events_.emplace(
      EventReader::Parts{.pool = *pool_, .ids = *ids_, .hashes = *hashes_, .filters = filters_});
  deliveries_.emplace(DeliveryReader::Parts{
      .pool = *pool_, .ids = *ids_, .hashes = *hashes_, .filters = filters_, .events = *events_});
  returns_.emplace(ReturnReader::Parts{.pool = *pool_, .ids = *ids_, .catalog = catalog_});
  return {};
}

StoreStatistics SqliteStore::statistics() const {
  StoreStatistics statistics;
  statistics.commits = counters_.commits;
  statistics.statements = executed_;
  statistics.events = counters_.events;
  statistics.attempts = counters_.attempts;
  statistics.open_ordering_keys = counters_.open_keys;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(file_.string() + suffix, error);
    if (!error) statistics.database_bytes += bytes;
  }
  return statistics;
}

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options) {
  return sqlite::SqliteStore::open(options);
}

Result<std::vector<MigrationStep>> pending_migrations(const SqliteOptions& options) {
  int version = 0;
  std::error_code ignored;
  if (std::filesystem::exists(options.file, ignored)) {
    RF_TRY(auto connection,
           sqlite::Connection::open({.file = options.file,
                                     .vfs = options.vfs,
                                     .role = sqlite::ConnectionRole::kInspector}));
    RF_TRY(version, sqlite::read_schema_version(*connection));
  }
  std::vector<MigrationStep> steps;
  for (const sqlite::SchemaStep& step : sqlite::schema_steps()) {
    if (step.version > version) {
      steps.push_back({.version = step.version, .summary = std::string(step.summary)});
    }
  }
  return steps;
}

}  // namespace returnflows

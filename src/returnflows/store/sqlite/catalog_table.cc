#include "returnflows/store/sqlite/catalog_table.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <utility>

namespace returnflows::sqlite {
namespace {

// Retry delays as text: "5,30,120", in seconds.
std::string join_delays(const std::vector<std::chrono::seconds>& delays) {
  std::string text;
  for (const std::chrono::seconds delay : delays) {
    if (!text.empty()) text += ',';
    text += std::to_string(delay.count());
  }
  return text;
}

Result<std::vector<std::chrono::seconds>> split_delays(std::string_view text) {
  std::vector<std::chrono::seconds> delays;
  while (!text.empty()) {
    std::int64_t seconds = 0;
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, seconds);
    if (error != std::errc{} || (at != end && *at != ',')) {
      return fail(ErrorCode::kCorruption, "the stored retry delays of an endpoint are damaged");
    }
    delays.emplace_back(seconds);
    text.remove_prefix(static_cast<std::size_t>(at - text.data()) + (at == end ? 0U : 1U));
  }
  return delays;
}

constexpr const char* kEndpointColumns =
    "id,merchant,version,state,disabled_reason,url,description,all_event_types,event_types,success,"
    "ordering,retry_delays,attempt_timeout_ms,api_version,secret,previous_secret,previous_until_ms,"
    "created_ms,updated_ms,failing_since_ms";

Result<Endpoint> read_endpoint(const Run& run) {
  Endpoint endpoint;
  endpoint.id = run.row_id<EndpointKind>(0);
  endpoint.merchant = run.row_id<MerchantKind>(1);
  endpoint.version = run.integer(2);
  endpoint.state = static_cast<EndpointState>(run.integer(3));
  endpoint.disabled_reason = run.text(4);
  endpoint.url = run.text(5);
  endpoint.description = run.text(6);
  endpoint.all_event_types = run.integer(7) != 0;
  endpoint.event_types = EventTypeSet(static_cast<std::uint64_t>(run.integer(8)));
  endpoint.success = static_cast<SuccessRule>(run.integer(9));
  endpoint.ordering = static_cast<Ordering>(run.integer(10));
  RF_TRY(endpoint.retry_delays, split_delays(run.text(11)));
  endpoint.attempt_timeout = std::chrono::milliseconds{run.integer(12)};
  endpoint.api_version = run.text(13);
  endpoint.secret.bytes = run.blob(14);
  endpoint.previous_secret.bytes = run.blob(15);
  endpoint.previous_secret_until = run.time(16);
  endpoint.created_at = run.time(17);
  endpoint.updated_at = run.time(18);
  if (!run.is_null(19)) endpoint.failing_since = run.time(19);
  return endpoint;
}

Status load_endpoints(Connection& connection, CatalogSnapshot& snapshot) {
  RF_TRY(Statement statement,
         connection.prepare(std::string("SELECT ") + kEndpointColumns +
                            " FROM endpoints WHERE deleted=0 ORDER BY id"));
  Run run = statement.start();
  for (;;) {
    RF_TRY(const bool row, run.next());
    if (!row) return {};
    RF_TRY(Endpoint endpoint, read_endpoint(run));
    snapshot.put(std::make_shared<const Endpoint>(std::move(endpoint)));
  }
}

Status load_merchants(Connection& connection, CatalogSnapshot& snapshot) {
  RF_TRY(Statement statement, connection.prepare("SELECT id,slug,name,created_ms FROM merchants"));
  Run run = statement.start();
  for (;;) {
    RF_TRY(const bool row, run.next());
    if (!row) return {};
    Merchant merchant;
    merchant.id = run.row_id<MerchantKind>(0);
    merchant.slug = run.text(1);
    merchant.name = run.text(2);
    merchant.created_at = run.time(3);
    snapshot.put(std::make_shared<const Merchant>(std::move(merchant)));
  }
}

Status load_keys(Connection& connection, CatalogSnapshot& snapshot) {
  RF_TRY(Statement statement,
         connection.prepare("SELECT id,merchant,description,key_sha256,hint,revoked,created_ms "
                            "FROM api_keys"));
  Run run = statement.start();
  for (;;) {
    RF_TRY(const bool row, run.next());
    if (!row) return {};
    ApiKey key;
    key.id = run.row_id<ApiKeyKind>(0);
    key.merchant = run.row_id<MerchantKind>(1);
    key.description = run.text(2);
    if (run.blob(3).size() != key.key_sha256.size()) {
      return fail(ErrorCode::kCorruption, "the stored digest of an API key is damaged");
    }
    std::ranges::transform(
        run.blob(3), key.key_sha256.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    key.hint = run.text(4);
    key.revoked = run.integer(5) != 0;
    key.created_at = run.time(6);
    snapshot.put(std::make_shared<const ApiKey>(std::move(key)));
  }
}

}  // namespace

Result<CatalogTable> CatalogTable::open(Connection& connection) {
  CatalogTable table;
  RF_TRY(table.write_endpoint_,
         connection.prepare(std::string("INSERT OR REPLACE INTO endpoints(") + kEndpointColumns +
                            ",deleted) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,"
                            "?16,?17,?18,?19,?20,0)"));
  RF_TRY(table.erase_endpoint_,
         connection.prepare("UPDATE endpoints SET deleted=1,secret=x'',previous_secret=x'',"
                            "updated_ms=?2 WHERE id=?1"));
  RF_TRY(table.write_merchant_,
         connection.prepare("INSERT OR REPLACE INTO merchants(id,slug,name,created_ms) "
                            "VALUES(?1,?2,?3,?4)"));
  RF_TRY(table.write_key_,
         connection.prepare("INSERT OR REPLACE INTO api_keys(id,merchant,description,key_sha256,"
                            "hint,revoked,created_ms) VALUES(?1,?2,?3,?4,?5,?6,?7)"));
  return table;
}

Result<CatalogSnapshot> CatalogTable::load(Connection& connection) {
  CatalogSnapshot snapshot;
  RF_TRY_STATUS(load_merchants(connection, snapshot));
  RF_TRY_STATUS(load_endpoints(connection, snapshot));
  RF_TRY_STATUS(load_keys(connection, snapshot));
  return snapshot;
}

Result<std::int64_t> CatalogTable::last_id(Connection& connection) {
  return connection.integer(
      "SELECT max(coalesce((SELECT max(id) FROM endpoints),0),"
      "coalesce((SELECT max(id) FROM merchants),0),coalesce((SELECT max(id) FROM api_keys),0))");
}

Status CatalogTable::write(const Endpoint& e) {
  return write_endpoint_.execute(e.id,
                                 e.merchant,
                                 e.version,
                                 e.state,
                                 Text{e.disabled_reason},
                                 Text{e.url},
                                 Text{e.description},
                                 e.all_event_types,
                                 e.event_types.to_ullong(),
                                 e.success,
                                 e.ordering,
                                 Text{join_delays(e.retry_delays)},
                                 e.attempt_timeout.count(),
                                 Text{e.api_version},
                                 Blob{e.secret.bytes},
                                 Blob{e.previous_secret.bytes},
                                 e.previous_secret_until,
                                 e.created_at,
                                 e.updated_at,
                                 e.failing_since);
}

Status CatalogTable::write(const Merchant& merchant) {
  return write_merchant_.execute(
      merchant.id, Text{merchant.slug}, Text{merchant.name}, merchant.created_at);
}

Status CatalogTable::write(const ApiKey& key) {
  const std::string_view digest(reinterpret_cast<const char*>(key.key_sha256.data()),
                                key.key_sha256.size());
  return write_key_.execute(key.id,
                            key.merchant,
                            Text{key.description},
                            Blob{digest},
                            Text{key.hint},
                            key.revoked,
                            key.created_at);
}

Status CatalogTable::erase(EndpointId endpoint, Timestamp now) {
  return erase_endpoint_.execute(endpoint, now);
}

}  // namespace returnflows::sqlite

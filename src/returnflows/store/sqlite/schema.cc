#include "returnflows/store/sqlite/schema.h"

#include <array>

#include "returnflows/store/sqlite/schema_views.h"

namespace returnflows::sqlite {
namespace {

// "RtFl": tells our files from those of other programs.
constexpr std::int64_t kApplicationId = 0x5274466C;

// Explained in docs/formats/sqlite_schema.md.
constexpr const char* kFirstSchema = R"sql(
CREATE TABLE meta(
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE merchants(
  id         INTEGER PRIMARY KEY,
  slug       TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);

CREATE TABLE api_keys(
  id          INTEGER PRIMARY KEY,
  merchant    INTEGER NOT NULL,
  description TEXT NOT NULL,
  key_sha256  BLOB NOT NULL,
  hint        TEXT NOT NULL,
  revoked     INTEGER NOT NULL,
  created_ms  INTEGER NOT NULL
);

CREATE TABLE endpoints(
  id                 INTEGER PRIMARY KEY,
  merchant           INTEGER NOT NULL,
  deleted            INTEGER NOT NULL,
  version            INTEGER NOT NULL,
  state              INTEGER NOT NULL,
  disabled_reason    TEXT NOT NULL,
  url                TEXT NOT NULL,
  description        TEXT NOT NULL,
  all_event_types    INTEGER NOT NULL,
  event_types        INTEGER NOT NULL,
  success            INTEGER NOT NULL,
  ordering           INTEGER NOT NULL,
  retry_delays       TEXT NOT NULL,
  attempt_timeout_ms INTEGER NOT NULL,
  api_version        TEXT NOT NULL,
  secret             BLOB NOT NULL,
  previous_secret    BLOB NOT NULL,
  previous_until_ms  INTEGER NOT NULL,
  created_ms         INTEGER NOT NULL,
  updated_ms         INTEGER NOT NULL
);

CREATE TABLE events(
  id             INTEGER PRIMARY KEY,
  bucket         INTEGER GENERATED ALWAYS AS (id >> 14) VIRTUAL,
  merchant       INTEGER NOT NULL,
  type           INTEGER NOT NULL,
  return_hash    INTEGER NOT NULL,
  sequence       INTEGER NOT NULL,
  revision       INTEGER NOT NULL,
  flags          INTEGER NOT NULL,
  created_ms     INTEGER NOT NULL,
  occurred_ms    INTEGER NOT NULL,
  first_delivery INTEGER NOT NULL,
  delivery_count INTEGER NOT NULL,
  client_hash    INTEGER,
  client_id      TEXT,
  content        BLOB,
  return_id      TEXT NOT NULL,
  crc            INTEGER NOT NULL,
  body           BLOB NOT NULL
);
CREATE INDEX events_by_return ON events(bucket, merchant, return_hash, type);
CREATE INDEX events_by_client_id ON events(bucket, client_hash) WHERE client_hash IS NOT NULL;

CREATE TABLE full_buckets(
  bucket         INTEGER PRIMARY KEY,
  min_created_ms INTEGER NOT NULL,
  max_created_ms INTEGER NOT NULL
);
CREATE TABLE bucket_filters(
  bucket INTEGER NOT NULL,
  kind   INTEGER NOT NULL,
  crc    INTEGER NOT NULL,
  bits   BLOB NOT NULL,
  PRIMARY KEY(bucket, kind)
);

CREATE TABLE deliveries(
  id                       INTEGER PRIMARY KEY,
  bucket                   INTEGER GENERATED ALWAYS AS (id >> 14) VIRTUAL,
  event                    INTEGER NOT NULL,
  endpoint                 INTEGER NOT NULL,
  merchant                 INTEGER NOT NULL,
  type                     INTEGER NOT NULL,
  key_hash                 INTEGER NOT NULL,
  state                    INTEGER NOT NULL,
  attempts_made            INTEGER NOT NULL,
  attempts_before_schedule INTEGER NOT NULL,
  created_ms               INTEGER NOT NULL,
  updated_ms               INTEGER NOT NULL,
  next_attempt_ms          INTEGER NOT NULL,
  later                    INTEGER GENERATED ALWAYS AS
    (CASE state WHEN 1 THEN next_attempt_ms WHEN 2 THEN key_hash END) VIRTUAL,
  started_ms               INTEGER,
  result                   INTEGER,
  status                   INTEGER,
  sentence                 TEXT,
  detail                   BLOB
);
CREATE INDEX deliveries_by_endpoint ON deliveries(bucket, merchant, endpoint);
CREATE INDEX deliveries_unsuccessful ON deliveries(bucket, merchant, endpoint, state)
  WHERE state <> 3;
CREATE INDEX deliveries_later ON deliveries(endpoint, state, later) WHERE later IS NOT NULL;

CREATE TABLE attempts(
  delivery   INTEGER NOT NULL,
  number     INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  result     INTEGER NOT NULL,
  status     INTEGER NOT NULL,
  sentence   TEXT NOT NULL,
  detail     BLOB NOT NULL,
  PRIMARY KEY(delivery, number)
) WITHOUT ROWID;

CREATE TABLE idempotency(
  key        BLOB PRIMARY KEY,
  content    BLOB NOT NULL,
  created_ms INTEGER NOT NULL,
  response   BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency(created_ms);
)sql";

// NULL while the endpoint is not known to fail.
constexpr const char* kFailingSince = "ALTER TABLE endpoints ADD COLUMN failing_since_ms INTEGER;";

// The indexes of the event log begin with a chunk of a bucket. Filters have another size from now
// on: those that are there are made again.
constexpr const char* kChunks = R"sql(
ALTER TABLE events ADD COLUMN chunk INTEGER GENERATED ALWAYS AS (id >> 10) VIRTUAL;
DROP INDEX events_by_return;
DROP INDEX events_by_client_id;
CREATE INDEX events_by_return ON events(chunk, merchant, return_hash, type);
CREATE INDEX events_by_client_id ON events(chunk, client_hash) WHERE client_hash IS NOT NULL;
UPDATE bucket_filters SET bits = x'', crc = 0;
)sql";

// Returns, what falls due with them, and what merchants set. `state` and `facts` are explained in
// docs/formats/return_state.md; the columns beside them are what lists select by.
constexpr const char* kReturns = R"sql(
CREATE TABLE returns(
  id             INTEGER PRIMARY KEY,
  merchant       INTEGER NOT NULL,
  version        INTEGER NOT NULL,
  revision       INTEGER NOT NULL,
  status         TEXT NOT NULL,
  display_status TEXT NOT NULL,
  number         TEXT NOT NULL,
  order_id       TEXT,
  order_name     TEXT,
  customer_email TEXT COLLATE NOCASE,
  created_ms     INTEGER NOT NULL,
  updated_ms     INTEGER NOT NULL,
  state          TEXT NOT NULL
);
CREATE INDEX returns_by_merchant ON returns(merchant);
CREATE INDEX returns_by_number ON returns(merchant, number);
CREATE INDEX returns_by_order ON returns(merchant, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX returns_by_order_name ON returns(merchant, order_name) WHERE order_name IS NOT NULL;
CREATE INDEX returns_by_email ON returns(merchant, customer_email)
  WHERE customer_email IS NOT NULL;

CREATE TABLE return_facts(
  return INTEGER PRIMARY KEY,
  facts  TEXT NOT NULL
);

CREATE TABLE return_labels(
  merchant        INTEGER NOT NULL,
  tracking_number TEXT NOT NULL,
  return          INTEGER NOT NULL,
  PRIMARY KEY(merchant, tracking_number, return)
) WITHOUT ROWID;

CREATE TABLE return_skus(
  merchant INTEGER NOT NULL,
  sku      TEXT NOT NULL,
  return   INTEGER NOT NULL,
  PRIMARY KEY(merchant, sku, return)
) WITHOUT ROWID;

CREATE TABLE timers(
  return INTEGER NOT NULL,
  kind   INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  PRIMARY KEY(return, kind)
) WITHOUT ROWID;
CREATE INDEX timers_by_due ON timers(due_ms);

CREATE TABLE payout_orders(
  return          INTEGER NOT NULL,
  revision        INTEGER NOT NULL,
  payout          TEXT NOT NULL,
  merchant        INTEGER NOT NULL,
  action          INTEGER NOT NULL,
  attempts_made   INTEGER NOT NULL,
  next_attempt_ms INTEGER NOT NULL,
  PRIMARY KEY(return, revision, payout)
) WITHOUT ROWID;
CREATE INDEX payout_orders_by_due ON payout_orders(next_attempt_ms);

CREATE TABLE settings(
  merchant            INTEGER PRIMARY KEY,
  version             INTEGER NOT NULL,
  auto_close          INTEGER NOT NULL,
  trigger             INTEGER NOT NULL,
  delay_hours         INTEGER NOT NULL,
  instant_exchange    INTEGER NOT NULL,
  after_close_check_s INTEGER NOT NULL,
  payment_alert_hours INTEGER,
  payouts_url         TEXT NOT NULL,
  payouts_secret      BLOB NOT NULL
);
CREATE TABLE carrier_secrets(
  merchant INTEGER NOT NULL,
  carrier  TEXT NOT NULL,
  secret   BLOB NOT NULL,
  PRIMARY KEY(merchant, carrier)
) WITHOUT ROWID;
)sql";

// Whom a payout was ordered from, for the day on which the settings name another provider.
constexpr const char* kPayoutProviders = R"sql(
CREATE TABLE payout_providers(
  return   INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  payout   TEXT NOT NULL,
  url      TEXT NOT NULL,
  secret   BLOB NOT NULL,
  PRIMARY KEY(return, revision, payout)
) WITHOUT ROWID;
INSERT INTO payout_providers(return, revision, payout, url, secret)
  SELECT o.return, o.revision, o.payout, s.payouts_url, s.payouts_secret
    FROM payout_orders AS o JOIN settings AS s ON s.merchant = o.merchant
   WHERE s.payouts_url <> '';
INSERT OR IGNORE INTO payout_providers(return, revision, payout, url, secret)
  SELECT r.id, r.revision, p.value ->> '$.id', s.payouts_url, s.payouts_secret
    FROM returns AS r JOIN settings AS s ON s.merchant = r.merchant
    JOIN json_each(r.state, '$.payouts') AS p
   WHERE s.payouts_url <> '' AND p.value ->> '$.outcome_unknown';
)sql";

// 1 from a change of the settings until all open returns have followed it.
// Of settings from before nobody knows, so that they are followed once more.
constexpr const char* kReviewDue =
    "ALTER TABLE settings ADD COLUMN review_due INTEGER NOT NULL DEFAULT 0;"
    "UPDATE settings SET review_due = 1;";

constexpr std::array kSteps = {
    SchemaStep{.version = 1,
               .summary = "create the tables of events, deliveries, endpoints, merchants and keys",
               .sql = kFirstSchema},
    SchemaStep{.version = 2,
               .summary = "remember since when an endpoint has failed",
               .sql = kFailingSince},
    SchemaStep{
        .version = 3, .summary = "index the event log by chunks of 1,024 events", .sql = kChunks},
    SchemaStep{.version = 4,
               .summary = "keep returns, their timers and payouts, and the settings of merchants",
               .sql = kReturns},
    SchemaStep{.version = 5,
               .summary = "add views of returns, items, events and deliveries for reports",
               .sql = kViews},
    SchemaStep{.version = 6,
               .summary = "remember whom each payout was ordered from",
               .sql = kPayoutProviders},
    SchemaStep{.version = 7,
               .summary = "remember which changes of settings open returns still have to follow",
               .sql = kReviewDue},
};

}  // namespace

std::span<const SchemaStep> schema_steps() {
  return kSteps;
}

Result<int> read_schema_version(Connection& connection) {
  RF_TRY(const std::int64_t version, connection.integer("PRAGMA user_version"));
  RF_TRY(const std::int64_t application, connection.integer("PRAGMA application_id"));
  if (application != kApplicationId) {
    RF_TRY(const std::int64_t tables, connection.integer("SELECT count(*) FROM sqlite_schema"));
    if (application != 0 || tables != 0) {
      return fail(ErrorCode::kInvalidInput,
                  "the file is an SQLite database of another program; choose another data "
                  "directory");
    }
    return 0;
  }
  const int newest = kSteps.back().version;
  if (version > newest) {
    return fail(ErrorCode::kConflict,
                "the database has schema " + std::to_string(version) +
                    " and this program knows schemas up to " + std::to_string(newest) +
                    "; run the version of returnflows that wrote it, or a newer one");
  }
  return static_cast<int>(version);
}

Status migrate_schema(Connection& connection) {
  RF_TRY(const int current, read_schema_version(connection));
  for (const SchemaStep& step : kSteps) {
    if (step.version <= current) continue;
    RF_TRY_STATUS(connection.execute(std::string("BEGIN IMMEDIATE;") + step.sql +
                                     "PRAGMA application_id=" + std::to_string(kApplicationId) +
                                     ";PRAGMA user_version=" + std::to_string(step.version) +
                                     ";COMMIT;"));
  }
  return {};
}

}  // namespace returnflows::sqlite

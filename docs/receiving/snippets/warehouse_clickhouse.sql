-- Once. Rows with the same sorting key are merged into one: `id` is part of it, and what stands
-- before it follows from the id.
CREATE TABLE IF NOT EXISTS returnflows_event (
  id          String,
  type        LowCardinality(String),
  environment LowCardinality(String),
  created_at  DateTime64(3, 'UTC'),
  occurred_at DateTime64(3, 'UTC'),
  return_id   String,
  sequence    UInt64,
  revision    UInt64,
  body        String
) ENGINE = ReplacingMergeTree
ORDER BY (return_id, sequence, id);

-- Returns as they are now. A repeated event changes nothing here, merged or not.
CREATE VIEW IF NOT EXISTS returnflows_return AS
SELECT return_id,
       max(sequence) AS newest_sequence,
       argMax(JSONExtractRaw(body, 'data', 'return'), sequence) AS snapshot
  FROM returnflows_event
 WHERE environment = 'live'
 GROUP BY return_id;

-- One row for each returned line of an order.
CREATE VIEW IF NOT EXISTS returnflows_return_item AS
SELECT return_id,
       JSONExtractString(snapshot, 'status') AS return_status,
       JSONExtractString(item, 'id') AS item_id,
       JSONExtractString(item, 'sku') AS sku,
       JSONExtractUInt(item, 'quantity') AS quantity,
       JSONExtractString(item, 'action') AS action,
       JSONExtractString(item, 'reason', 'code') AS reason_code,
       toDecimal128OrNull(JSONExtractString(item, 'prices', 'net_total', 'amount'), 4)
         AS net_total
  FROM returnflows_return
 ARRAY JOIN JSONExtractArrayRaw(snapshot, 'items') AS item;

-- Per load: clickhouse-client --query "$(cat this_statement.sql)" < events.ndjson
INSERT INTO returnflows_event
SELECT JSONExtractString(line, 'id'),
       JSONExtractString(line, 'type'),
       JSONExtractString(line, 'environment'),
       parseDateTime64BestEffort(JSONExtractString(line, 'created_at'), 3, 'UTC'),
       parseDateTime64BestEffort(JSONExtractString(line, 'occurred_at'), 3, 'UTC'),
       JSONExtractString(line, 'subject', 'id'),
       JSONExtractUInt(line, 'subject', 'sequence'),
       JSONExtractUInt(line, 'subject', 'revision'),
       line
  FROM input('line String')
FORMAT JSONAsString;

-- Once, in a data set `returnflows`.
CREATE TABLE IF NOT EXISTS returnflows.event_raw (
  body STRING NOT NULL  -- one event as it came
);

-- One row for each event, however often it was loaded.
CREATE OR REPLACE VIEW returnflows.event AS
SELECT JSON_VALUE(body, '$.id') AS id,
       JSON_VALUE(body, '$.type') AS type,
       JSON_VALUE(body, '$.environment') AS environment,
       TIMESTAMP(JSON_VALUE(body, '$.created_at')) AS created_at,
       TIMESTAMP(JSON_VALUE(body, '$.occurred_at')) AS occurred_at,
       JSON_VALUE(body, '$.subject.id') AS return_id,
       CAST(JSON_VALUE(body, '$.subject.sequence') AS INT64) AS sequence,
       CAST(JSON_VALUE(body, '$.subject.revision') AS INT64) AS revision,
       body
  FROM returnflows.event_raw
 WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY JSON_VALUE(body, '$.id')
                           ORDER BY JSON_VALUE(body, '$.created_at')) = 1;

-- Returns as they are now: the newest snapshot of each.
CREATE OR REPLACE VIEW returnflows.return_state AS
SELECT return_id,
       sequence,
       revision,
       JSON_VALUE(body, '$.data.return.number') AS number,
       JSON_VALUE(body, '$.data.return.status') AS status,
       CAST(JSON_VALUE(body, '$.data.return.totals.refund_total.amount') AS NUMERIC)
         AS refund_total,
       JSON_VALUE(body, '$.data.return.totals.currency') AS currency,
       TIMESTAMP(JSON_VALUE(body, '$.data.return.created_at')) AS created_at,
       TIMESTAMP(JSON_VALUE(body, '$.data.return.closed_at')) AS closed_at,
       JSON_QUERY(body, '$.data.return') AS snapshot
  FROM returnflows.event
 WHERE environment = 'live'
QUALIFY ROW_NUMBER() OVER (PARTITION BY return_id ORDER BY sequence DESC) = 1;

-- One row for each returned line of an order.
CREATE OR REPLACE VIEW returnflows.return_item AS
SELECT r.return_id,
       r.status AS return_status,
       JSON_VALUE(item, '$.id') AS item_id,
       JSON_VALUE(item, '$.sku') AS sku,
       CAST(JSON_VALUE(item, '$.quantity') AS INT64) AS quantity,
       JSON_VALUE(item, '$.action') AS action,
       JSON_VALUE(item, '$.reason.code') AS reason_code,
       CAST(JSON_VALUE(item, '$.prices.net_total.amount') AS NUMERIC) AS net_total
  FROM returnflows.return_state AS r
 CROSS JOIN UNNEST(JSON_QUERY_ARRAY(r.snapshot, '$.items')) AS item;

-- Per load. A line of NDJSON is read as one field: byte 1 stands in no JSON.
LOAD DATA INTO returnflows.event_raw (body STRING)
FROM FILES (
  format = 'CSV',
  field_delimiter = '\x01',
  quote = '',
  uris = ['gs://your-bucket/events-*.ndjson']
);

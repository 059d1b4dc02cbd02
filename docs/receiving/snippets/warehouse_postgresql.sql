-- Once.
CREATE TABLE IF NOT EXISTS returnflows_load (
  body json NOT NULL                   -- one event as it came; emptied after each load
);

CREATE TABLE IF NOT EXISTS returnflows_event (
  id          text PRIMARY KEY,        -- the event's id: the only key to deduplicate by
  type        text NOT NULL,
  environment text NOT NULL,           -- "test" for samples that a person sent
  created_at  timestamptz NOT NULL,
  occurred_at timestamptz NOT NULL,
  return_id   text NOT NULL,
  sequence    bigint NOT NULL,         -- grows with every event of the return
  revision    bigint NOT NULL,
  body        json NOT NULL
);

-- Returns as they are now: the newest snapshot of each.
CREATE OR REPLACE VIEW returnflows_return AS
SELECT DISTINCT ON (return_id)
       return_id,
       sequence,
       revision,
       type AS last_event,
       (body -> 'data' -> 'return' ->> 'number') AS number,
       (body -> 'data' -> 'return' ->> 'status') AS status,
       (body -> 'data' -> 'return' -> 'order' ->> 'name') AS order_name,
       (body -> 'data' -> 'return' -> 'totals' -> 'refund_total' ->> 'amount')::numeric(18, 4)
         AS refund_total,
       (body -> 'data' -> 'return' -> 'totals' ->> 'currency') AS currency,
       (body -> 'data' -> 'return' ->> 'created_at')::timestamptz AS created_at,
       (body -> 'data' -> 'return' ->> 'closed_at')::timestamptz AS closed_at,
       (body -> 'data' -> 'return') AS snapshot
  FROM returnflows_event
 WHERE environment = 'live'
 ORDER BY return_id, sequence DESC;

-- One row for each returned line of an order.
CREATE OR REPLACE VIEW returnflows_return_item AS
SELECT return_id,
       status AS return_status,
       created_at AS return_created_at,
       (item ->> 'id') AS item_id,
       (item ->> 'sku') AS sku,
       (item ->> 'quantity')::bigint AS quantity,
       (item ->> 'action') AS action,
       (item -> 'reason' ->> 'code') AS reason_code,
       (item -> 'prices' -> 'net_total' ->> 'amount')::numeric(18, 4) AS net_total
  FROM (SELECT return_id, status, created_at, json_array_elements(snapshot -> 'items') AS item
          FROM returnflows_return) AS items;

-- Per load, after the rows have been copied into returnflows_load; in one transaction.
INSERT INTO returnflows_event
SELECT DISTINCT ON (id) *
  FROM (SELECT (body ->> 'id') AS id,
               (body ->> 'type') AS type,
               (body ->> 'environment') AS environment,
               (body ->> 'created_at')::timestamptz AS created_at,
               (body ->> 'occurred_at')::timestamptz AS occurred_at,
               (body -> 'subject' ->> 'id') AS return_id,
               (body -> 'subject' ->> 'sequence')::bigint AS sequence,
               (body -> 'subject' ->> 'revision')::bigint AS revision,
               body
          FROM returnflows_load) AS loaded
    ON CONFLICT (id) DO NOTHING;
DELETE FROM returnflows_load;

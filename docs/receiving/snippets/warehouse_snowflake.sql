-- Once.
CREATE TABLE IF NOT EXISTS returnflows_event_raw (
  body      VARIANT NOT NULL,  -- one event as it came
  loaded_at TIMESTAMP_TZ NOT NULL DEFAULT CURRENT_TIMESTAMP()
);

CREATE STAGE IF NOT EXISTS returnflows_stage FILE_FORMAT = (TYPE = JSON);

-- One row for each event, however often it was loaded.
CREATE OR REPLACE VIEW returnflows_event AS
SELECT body['id']::STRING AS id,
       body['type']::STRING AS type,
       body['environment']::STRING AS environment,
       body['created_at']::TIMESTAMP_TZ AS created_at,
       body['occurred_at']::TIMESTAMP_TZ AS occurred_at,
       body['subject']['id']::STRING AS return_id,
       body['subject']['sequence']::INTEGER AS sequence,
       body['subject']['revision']::INTEGER AS revision,
       body
  FROM returnflows_event_raw
QUALIFY ROW_NUMBER() OVER (PARTITION BY body['id']::STRING ORDER BY loaded_at) = 1;

-- Returns as they are now: the newest snapshot of each.
CREATE OR REPLACE VIEW returnflows_return AS
SELECT return_id,
       sequence,
       revision,
       body['data']['return']['number']::STRING AS number,
       body['data']['return']['status']::STRING AS status,
       body['data']['return']['totals']['refund_total']['amount']::NUMBER(18, 4) AS refund_total,
       body['data']['return']['totals']['currency']::STRING AS currency,
       body['data']['return']['created_at']::TIMESTAMP_TZ AS created_at,
       body['data']['return']['closed_at']::TIMESTAMP_TZ AS closed_at,
       body['data']['return'] AS snapshot
  FROM returnflows_event
 WHERE environment = 'live'
QUALIFY ROW_NUMBER() OVER (PARTITION BY return_id ORDER BY sequence DESC) = 1;

-- One row for each returned line of an order.
CREATE OR REPLACE VIEW returnflows_return_item AS
SELECT r.return_id,
       r.status AS return_status,
       i.value['id']::STRING AS item_id,
       i.value['sku']::STRING AS sku,
       i.value['quantity']::INTEGER AS quantity,
       i.value['action']::STRING AS action,
       i.value['reason']['code']::STRING AS reason_code,
       i.value['prices']['net_total']['amount']::NUMBER(18, 4) AS net_total
  FROM returnflows_return AS r,
       LATERAL FLATTEN(INPUT => r.snapshot['items']) AS i;

-- Per load, after: PUT file://events.ndjson @returnflows_stage
COPY INTO returnflows_event_raw (body)
FROM (SELECT $1 FROM @returnflows_stage)
FILE_FORMAT = (TYPE = JSON);

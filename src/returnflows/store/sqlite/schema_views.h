#pragma once

// Views for people and their tools that read the database beside the server: one row a thing, names
// that stay, no secrets and nothing about who the customer is. The server itself reads none of
// them. What the columns mean: docs/operating/bi.md.
namespace returnflows::sqlite {

// `state` and `facts` are read as docs/formats/return_state.md explains them. Amounts stand there
// as "719.10 DKK". Numbers of enumerations become words where the columns hold numbers.
inline constexpr const char* kViews = R"sql(
CREATE VIEW v_returns AS
WITH returns_read AS (
  SELECT r.id, r.merchant, r.version, r.revision, r.status, r.display_status, r.number,
         r.order_id, r.order_name, r.created_ms, r.updated_ms, r.state, f.facts, m.slug,
         coalesce(r.state -> '$.totals', f.facts -> '$.totals') AS totals,
         r.state ->> '$.completed_at' AS completed_ms,
         r.state ->> '$.processed_at' AS processed_ms,
         r.state ->> '$.closed_at' AS closed_ms,
         r.state ->> '$.canceled_at' AS canceled_ms,
         (SELECT min(s.value ->> '$.handed_in_at') FROM json_each(r.state, '$.shipments') AS s)
           AS handed_in_ms,
         (SELECT min(s.value ->> '$.delivered_at') FROM json_each(r.state, '$.shipments') AS s)
           AS delivered_ms
    FROM returns AS r
    JOIN return_facts AS f ON f.return = r.id
    JOIN merchants AS m ON m.id = r.merchant)
SELECT id AS return_row,
       state ->> '$.id' AS return_id,
       merchant AS merchant_row,
       slug AS merchant,
       number,
       facts ->> '$.iteration' AS iteration,
       revision,
       version,
       facts ->> '$.source' AS source,
       facts ->> '$.market.id' AS market_id,
       facts ->> '$.market.name' AS market_name,
       order_id,
       order_name,
       facts ->> '$.order.platform' AS platform,
       coalesce(facts ->> '$.order.full_return', 0) AS is_full_return,
       status,
       display_status,
       state -> '$.pause' IS NOT NULL AS is_paused,
       coalesce(state ->> '$.flags.needs_review', 0) AS needs_review,
       coalesce(state ->> '$.flags.fraud_hold', 0) AS has_fraud_hold,
       state ->> '$.closed_by' AS closed_by,
       state ->> '$.payment.status' AS payment_status,
       state ->> '$.exchange.status' AS exchange_status,
       state ->> '$.auto_close.status' AS auto_close_status,
       (SELECT count(*) FROM json_each(facts, '$.items')) AS item_count,
       (SELECT sum(i.value ->> '$.quantity') FROM json_each(facts, '$.items') AS i) AS quantity,
       (SELECT count(*) FROM json_each(state, '$.labels') AS l
         WHERE l.value ->> '$.voided_at' IS NULL) AS label_count,
       (SELECT l.value ->> '$.carrier' FROM json_each(state, '$.labels') AS l
         ORDER BY l.key DESC LIMIT 1) AS carrier,
       facts ->> '$.market.currency' AS currency,
       substr(totals ->> '$.items_value', 1, length(totals ->> '$.items_value') - 4)
         AS items_value,
       substr(totals ->> '$.refund', 1, length(totals ->> '$.refund') - 4) AS refund_total,
       substr(totals ->> '$.gift_card', 1, length(totals ->> '$.gift_card') - 4)
         AS gift_card_total,
       substr(totals ->> '$.exchange_credit', 1, length(totals ->> '$.exchange_credit') - 4)
         AS exchange_credit,
       substr(totals ->> '$.label_fee', 1, length(totals ->> '$.label_fee') - 4)
         AS return_label_fee,
       substr(totals ->> '$.customer_owes', 1, length(totals ->> '$.customer_owes') - 4)
         AS customer_owes,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_ms / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', updated_ms / 1000.0, 'unixepoch') AS updated_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', completed_ms / 1000.0, 'unixepoch') AS completed_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', handed_in_ms / 1000.0, 'unixepoch') AS handed_in_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', delivered_ms / 1000.0, 'unixepoch') AS delivered_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', processed_ms / 1000.0, 'unixepoch') AS processed_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', closed_ms / 1000.0, 'unixepoch') AS closed_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', canceled_ms / 1000.0, 'unixepoch') AS canceled_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', (state ->> '$.hand_in_deadline') / 1000.0, 'unixepoch')
         AS hand_in_deadline,
       (handed_in_ms - created_ms) / 1000.0 AS created_to_handed_in_seconds,
       (delivered_ms - handed_in_ms) / 1000.0 AS handed_in_to_delivered_seconds,
       (closed_ms - delivered_ms) / 1000.0 AS delivered_to_closed_seconds,
       (closed_ms - created_ms) / 1000.0 AS created_to_closed_seconds
  FROM returns_read;

CREATE VIEW v_return_items AS
SELECT r.id AS return_row,
       r.state ->> '$.id' AS return_id,
       r.merchant AS merchant_row,
       r.number,
       r.order_id,
       r.order_name,
       r.status AS return_status,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.created_ms / 1000.0, 'unixepoch') AS return_created_at,
       i.value ->> '$.id' AS item_id,
       i.value ->> '$.order_line_id' AS order_line_id,
       i.value ->> '$.sku' AS sku,
       i.value ->> '$.barcode' AS barcode,
       i.value ->> '$.product_id' AS product_id,
       i.value ->> '$.variant_id' AS variant_id,
       i.value ->> '$.title' AS title,
       i.value ->> '$.variant_title' AS variant_title,
       i.value ->> '$.quantity' AS quantity,
       o.value ->> '$.received' AS quantity_received,
       i.value ->> '$.action' AS action,
       i.value ->> '$.reason.code' AS reason_code,
       i.value ->> '$.reason.label' AS reason_label,
       coalesce(o.value ->> '$.decision', 'pending') AS decision,
       o.value ->> '$.rejection' AS rejection_reason,
       o.value ->> '$.condition' AS condition,
       o.value ->> '$.restock' AS is_restocked,
       f.facts ->> '$.market.currency' AS currency,
       substr(i.value ->> '$.prices.unit', 1, length(i.value ->> '$.prices.unit') - 4)
         AS unit_price,
       substr(i.value ->> '$.prices.net', 1, length(i.value ->> '$.prices.net') - 4) AS net_total,
       i.value ->> '$.exchange_to.sku' AS exchange_sku,
       i.value ->> '$.exchange_to.variant_title' AS exchange_variant_title,
       substr(i.value ->> '$.gift_card.total', 1, length(i.value ->> '$.gift_card.total') - 4)
         AS gift_card_total
  FROM returns AS r
  JOIN return_facts AS f ON f.return = r.id
  JOIN json_each(f.facts, '$.items') AS i
  LEFT JOIN json_each(r.state, '$.outcomes') AS o
    ON o.value ->> '$.item' = i.value ->> '$.id';

CREATE VIEW v_events AS
SELECT id AS event_row,
       coalesce(client_id, CAST(body AS TEXT) ->> '$.id') AS event_id,
       merchant AS merchant_row,
       CASE type
         WHEN 0 THEN 'return.created'
         WHEN 1 THEN 'return.completed'
         WHEN 2 THEN 'return.processed'
         WHEN 3 THEN 'return.canceled'
         WHEN 4 THEN 'return.paused'
         WHEN 5 THEN 'return.resumed'
         WHEN 6 THEN 'return.closed'
         WHEN 7 THEN 'return.instant_exchange'
         WHEN 8 THEN 'return.reset'
         WHEN 9 THEN 'return.label_generated'
         WHEN 10 THEN 'return.auto_close_initiated'
         WHEN 11 THEN 'return.auto_close_cancelled'
         WHEN 12 THEN 'return.auto_close_completed'
         WHEN 13 THEN 'return.auto_close_failed'
         WHEN 14 THEN 'shipment.event.in_transit'
         WHEN 15 THEN 'shipment.event.delivered'
       END AS type,
       return_id,
       sequence,
       revision,
       flags & 1 AS is_test,
       CAST(body AS TEXT) ->> '$.cause.actor.type' AS actor_type,
       CAST(body AS TEXT) ->> '$.cause.command' AS command,
       delivery_count,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_ms / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', occurred_ms / 1000.0, 'unixepoch') AS occurred_at,
       (created_ms - occurred_ms) / 1000.0 AS occurred_to_created_seconds
  FROM events;

CREATE VIEW v_deliveries AS
SELECT d.id AS delivery_row,
       d.event AS event_row,
       d.endpoint AS endpoint_row,
       p.description AS endpoint_description,
       d.merchant AS merchant_row,
       v.type AS event_type,
       v.return_id,
       v.sequence,
       CASE d.state WHEN 3 THEN 'delivered' WHEN 4 THEN 'exhausted' WHEN 5 THEN 'canceled'
         ELSE 'pending' END AS status,
       d.state = 2 AS is_held,
       d.attempts_made,
       nullif(d.status, 0) AS last_status,
       CASE d.result
         WHEN 1 THEN 'dns_failed'
         WHEN 2 THEN 'blocked_address'
         WHEN 3 THEN 'connect_refused'
         WHEN 4 THEN 'connect_failed'
         WHEN 5 THEN 'tls_failed'
         WHEN 6 THEN 'timed_out'
         WHEN 7 THEN 'reset'
         WHEN 8 THEN 'bad_answer'
         WHEN 9 THEN 'answer_too_large'
         WHEN 10 THEN 'bad_url'
       END AS last_error,
       strftime('%Y-%m-%dT%H:%M:%fZ', d.created_ms / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', d.started_ms / 1000.0, 'unixepoch') AS last_attempt_at,
       CASE WHEN d.state < 2
         THEN strftime('%Y-%m-%dT%H:%M:%fZ', d.next_attempt_ms / 1000.0, 'unixepoch')
       END AS next_attempt_at,
       CASE WHEN d.state = 3
         THEN strftime('%Y-%m-%dT%H:%M:%fZ', d.updated_ms / 1000.0, 'unixepoch')
       END AS delivered_at,
       CASE WHEN d.state = 3 THEN (d.updated_ms - d.created_ms) / 1000.0
       END AS created_to_delivered_seconds
  FROM deliveries AS d
  JOIN v_events AS v ON v.event_row = d.event
  LEFT JOIN endpoints AS p ON p.id = d.endpoint;
)sql";

}  // namespace returnflows::sqlite

-- Why do people send things back?
SELECT reason_code, sum(quantity) AS pieces
  FROM returnflows_return_item
 WHERE return_status <> 'canceled'
 GROUP BY reason_code
 ORDER BY pieces DESC;

-- How many returns, and how long from the request to the money, in hours?
SELECT count(*) AS returns,
       count(closed_at) AS closed,
       avg(EXTRACT(EPOCH FROM closed_at - created_at)) / 3600 AS mean_hours
  FROM returnflows_return
 WHERE status <> 'canceled';

-- What comes back most?
SELECT sku, sum(quantity) AS pieces, sum(net_total) AS value
  FROM returnflows_return_item
 WHERE return_status <> 'canceled'
 GROUP BY sku
 ORDER BY pieces DESC
 LIMIT 20;

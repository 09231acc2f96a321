MODEL (
  name main.stg_sales,
  kind INCREMENTAL_BY_TIME_RANGE (time_column date),
  cron '@daily'
);

JINJA_QUERY_BEGIN;
SELECT
  date::DATE AS date,
  product::TEXT AS product,
  quantity::BIGINT AS quantity,
  price::DECIMAL(18, 2) AS price,
  (quantity * price)::DECIMAL(18, 2) AS amount
FROM {{ var('feed') }}
WHERE date BETWEEN '{{ start_ds }}' AND '{{ end_ds }}'
JINJA_END;

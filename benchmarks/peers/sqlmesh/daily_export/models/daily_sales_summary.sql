MODEL (
  name main.daily_sales_summary,
  kind INCREMENTAL_BY_TIME_RANGE (time_column date, batch_size 1),
  cron '@daily'
);

SELECT
  date::DATE AS date,
  product::TEXT AS product,
  COUNT(*)::BIGINT AS row_count,
  SUM(quantity)::DECIMAL(18, 0) AS quantity,
  SUM(amount)::DECIMAL(18, 2) AS amount
FROM main.daily_sales
WHERE date BETWEEN @start_ds AND @end_ds
GROUP BY date, product;

JINJA_STATEMENT_BEGIN;
{% if runtime_stage == 'evaluating' %}
COPY (SELECT * FROM {{ this_model }} WHERE date = '{{ start_ds }}' ORDER BY ALL)
TO '{{ var('exports') }}/{{ start_ds | replace('-', '/') }}/sales_summary.csv' (FORMAT CSV, HEADER);
{% endif %}
JINJA_END;

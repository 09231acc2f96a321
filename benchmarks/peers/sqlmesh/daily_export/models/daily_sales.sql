-- A batch a day, of the rows that stg_sales has read in one: a scan of the feed for each day would be far slower
MODEL (
  name main.daily_sales,
  kind INCREMENTAL_BY_TIME_RANGE (time_column date, batch_size 1),
  cron '@daily'
);

SELECT date::DATE, product::TEXT, quantity::BIGINT, price::DECIMAL(18, 2), amount::DECIMAL(18, 2)
FROM main.stg_sales
WHERE date BETWEEN @start_ds AND @end_ds;

JINJA_STATEMENT_BEGIN;
{% if runtime_stage == 'evaluating' %}
COPY (SELECT * FROM {{ this_model }} WHERE date = '{{ start_ds }}' ORDER BY ALL)
TO '{{ var('exports') }}/{{ start_ds | replace('-', '/') }}/sales.csv' (FORMAT CSV, HEADER);
{% endif %}
JINJA_END;

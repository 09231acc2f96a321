-- A model behind the audited one, with the same export
MODEL (
  name main.daily_sales_behind,
  kind INCREMENTAL_BY_TIME_RANGE (time_column date, batch_size 1),
  cron '@daily'
);

SELECT date::DATE, product::TEXT, quantity::BIGINT, price::DECIMAL(18, 2)
FROM main.daily_sales
WHERE date BETWEEN @start_ds AND @end_ds;

JINJA_STATEMENT_BEGIN;
{% if runtime_stage == 'evaluating' %}
COPY (SELECT * FROM {{ this_model }} WHERE date = '{{ start_ds }}' ORDER BY ALL)
TO '{{ var('exports') }}/behind/{{ start_ds }}.csv' (FORMAT CSV, HEADER);
{% endif %}
JINJA_END;

-- An audit, and an export of its own as a post-statement
MODEL (
  name main.daily_sales,
  kind INCREMENTAL_BY_TIME_RANGE (time_column date, batch_size 1),
  cron '@daily',
  audits (forall(criteria := (quantity < 1000)))
);

JINJA_QUERY_BEGIN;
SELECT
  date::DATE AS date,
  product::TEXT AS product,
  quantity::BIGINT AS quantity,
  price::DECIMAL(18, 2) AS price
FROM read_csv('{{ var('feed') }}', all_varchar = true)
WHERE date BETWEEN '{{ start_ds }}' AND '{{ end_ds }}'
JINJA_END;

JINJA_STATEMENT_BEGIN;
{% if runtime_stage == 'evaluating' %}
COPY (SELECT * FROM {{ this_model }} WHERE date = '{{ start_ds }}' ORDER BY ALL)
TO '{{ var('exports') }}/own/{{ start_ds }}.csv' (FORMAT CSV, HEADER);
{% endif %}
JINJA_END;

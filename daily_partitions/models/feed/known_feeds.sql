{{ config(materialized="daily_table", meta={"replaces": "nothing"}) }}

{% set before, known = earlier_rows("known_feeds"), known_feed() if execute else none %}
select
    '{{ invocation_id }}' as run_id,
    coalesce((select max(feed_number) from {{ before }}), 0)::bigint + 1 as feed_number,
    {{ sql_text(feed_location()) }} as location,
    now() as adopted_at,
where {{ "false" if known and is_same_feed(known) else "true" }}

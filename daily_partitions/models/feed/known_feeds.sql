{{ config(materialized="daily_table", meta={"replaces": "nothing"}) }}

{% set before = earlier_rows("known_feeds") %}
select
    '{{ invocation_id }}' as run_id,
    coalesce((select max(feed_number) from {{ before }}), 0)::bigint + 1 as feed_number,
    {{ sql_text(feed_location()) }} as location,
    now() as adopted_at,
where {{ "not exists (from " ~ before ~ ")" if not execute or not known_feed() else not is_same_feed(known_feed()) }}

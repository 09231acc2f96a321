-- One scan of the feed: as a view it would be read once for each batch
{{ config(materialized="table", event_time="date") }}
select date, product, quantity, price, from {{ env_var("FEED") }}

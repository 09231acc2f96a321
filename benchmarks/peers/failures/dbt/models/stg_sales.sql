{{ config(materialized="view", event_time="date") }}
select
    cast(date as date) as date, product, cast(quantity as bigint) as quantity, cast(price as decimal(18, 2)) as price,
from read_csv('{{ env_var("FEED") }}', all_varchar = true)

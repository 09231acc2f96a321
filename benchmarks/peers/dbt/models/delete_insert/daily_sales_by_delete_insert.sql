{{ config(materialized="incremental", incremental_strategy="delete+insert", unique_key="date") }}
select date, product, quantity, price, cast(quantity * price as decimal(18, 2)) as amount,
from {{ env_var("FEED") }}
where date between '{{ var("first") }}' and '{{ var("last") }}'

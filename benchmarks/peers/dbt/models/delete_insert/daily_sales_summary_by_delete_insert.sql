{{ config(
    materialized="incremental", incremental_strategy="delete+insert", unique_key="date"
) }}
select
    date,
    product,
    count(*) as row_count,
    cast(sum(quantity) as decimal(18, 0)) as quantity,
    cast(sum(amount) as decimal(18, 2)) as amount,
from {{ ref("daily_sales_by_delete_insert") }}
where date between '{{ var("first") }}' and '{{ var("last") }}'
group by date, product

{{ config(
    materialized="incremental", incremental_strategy="delete+insert", unique_key="date"
) }}
select date, product, count(*) as row_count, sum(quantity) as quantity, sum(amount) as amount,
from {{ ref("daily_sales_by_delete_insert") }}
where date between '{{ var("first") }}' and '{{ var("last") }}'
group by date, product

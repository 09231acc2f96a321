{{ config(materialized="table") }}

select
    product,
    cast(sum(row_count) as bigint) as row_count,
    sum(quantity) as quantity,
    sum(amount) as amount,
    min(date) as first_date,
    max(date) as last_date,
from {{ ref("daily_sales_summary") }}
group by product

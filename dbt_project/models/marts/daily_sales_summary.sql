{{ config(materialized="incremental", incremental_strategy="replace_passed_days") }}

select
    date,
    product,
    count(*) as row_count,
    cast(sum(quantity) as {{ quantity_sum_type() }}) as quantity,
    cast(sum(amount) as {{ amount_type() }}) as amount,
from {{ ref("daily_sales") }}
where {{ in_plan("date", status="passed") }}
group by date, product
order by date

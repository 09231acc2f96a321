{{ config(
    materialized="incremental", incremental_strategy="microbatch",
    event_time="date", batch_size="day", begin=env_var("FIRST_DAY")
) }}
select
    date,
    product,
    count(*) as row_count,
    cast(sum(quantity) as decimal(18, 0)) as quantity,
    cast(sum(amount) as decimal(18, 2)) as amount,
from {{ ref("daily_sales_by_microbatch") }}
group by date, product

{{ config(
    materialized="incremental", incremental_strategy="microbatch",
    event_time="date", batch_size="day", begin=env_var("FIRST_DAY")
) }}
select date, product, quantity, price, cast(quantity * price as decimal(18, 2)) as amount, from {{ ref("stg_sales") }}

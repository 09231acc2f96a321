{{ config(materialized="incremental", incremental_strategy="replace_passed_days") }}

select date, product, quantity, price, cast(quantity * price as {{ amount_type() }}) as amount,
from {{ ref("stg_sales") }}
where rejected_reason is null and {{ in_plan("date", status="passed") }}
-- a day is read without the others
order by date

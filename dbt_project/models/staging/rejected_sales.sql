{{ config(materialized="incremental", incremental_strategy="replace_planned_days") }}

select '{{ invocation_id }}' as run_id, date, rejected_reason, raw_text,
from {{ ref("stg_sales") }}
where rejected_reason is not null and (date is null or {{ in_plan("date") }})

{{ config(materialized="incremental", incremental_strategy="append", full_refresh=false) }}

with days as ({{ asked_days(ref("source_days")) }}), published as ({{ published_days() }})

select
    '{{ invocation_id }}' as run_id,
    {{ next_run_number() }} as run_number,
    days.partition_date,
    days.action,
    days.reason,
    published.row_count as previous_row_count,
    cast(published.total_amount as {{ recorded_amount_type() }}) as previous_total_amount,
    now() as planned_at,
from days
left join published using (partition_date)

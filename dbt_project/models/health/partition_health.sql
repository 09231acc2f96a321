-- depends_on: {{ ref("partition_ledger") }}
{{ config(materialized="incremental", incremental_strategy="replace_judged_days") }}

with
    {% set before = this if is_incremental() else none %}

    states as ({{ day_states(judged_ranges(), ref("source_days")) }})

select
    states.partition_date,
    states.status,
    states.reason,
    states.action,
    states.row_count,
    states.total_amount,
    states.source_rows,
    states.run_id,
    {% if before %}
        if(
            before.status = states.status and before.run_id is not distinct from states.run_id,
            before.since,
            states.since
        )
    {% else %} states.since
    {% endif %} as since,
    now() as checked_at,
from states
{% if before %} left join {{ before }} as before using (partition_date) {% endif %}

-- depends_on: {{ ref("partition_ledger") }}
{{ config(materialized="daily_table", meta={"replaces": "judged"}) }}

{% set before = earlier_rows("partition_health") %}
with states as ({{ day_states(judged_ranges(), ref("source_days")) }})

select
    states.partition_date,
    states.status,
    states.reason,
    states.action,
    states.row_count,
    {% for name in figures() %} states.{{ name }}, {% endfor %}
    states.warnings,
    states.accepted,
    states.source_rows,
    states.run_id,
    if(
        before.status = states.status and before.run_id is not distinct from states.run_id, before.since, states.since
    ) as since,
    now() as checked_at,
from states
left join {{ before }} as before using (partition_date)

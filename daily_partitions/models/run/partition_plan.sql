{{ config(materialized="daily_table", meta={"replaces": "nothing"}) }}

with days as ({{ asked_days(ref("source_days")) }}), published as ({{ last_publications() }})

select
    '{{ invocation_id }}' as run_id,
    {{ next_run_number() }} as run_number,
    days.partition_date,
    days.action,
    days.reason,
    published.row_count as previous_row_count,
    {% for name in figures() %} published.{{ name }} as previous_{{ name }}, {% endfor %}
    now() as planned_at,
from days
left join published using (partition_date)

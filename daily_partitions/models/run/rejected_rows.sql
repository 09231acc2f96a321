{{ config(materialized="daily_table", meta={"replaces": "planned"}) }}

select '{{ invocation_id }}' as run_id, {{ day_column() }} as partition_date, rejected_reason, raw_text,
from {{ ref(project_name, pipeline("staged")) }}
where rejected_reason is not null

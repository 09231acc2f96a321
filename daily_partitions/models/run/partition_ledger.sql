-- depends_on: {{ ref("partition_outputs") }}
-- Last of all, so that what it says has happened.
{{ config(materialized="daily_table", meta={"replaces": "nothing"}) }}

with

    plan as (select * from {{ ref("partition_plan") }} where run_id = {{ planning_run(ref("partition_plan")) }}),

    audit as (select * from {{ ref("partition_audit") }} where run_id = {{ planning_run(ref("partition_audit")) }}),

    -- of a day that was not published now, what was published before stands
    published_before as ({{ last_publications() }}),

    figures as ({{ figures_of(passed_ranges()) }})

select
    plan.run_id,
    plan.run_number,
    plan.partition_date,
    plan.action,
    if(audit.status = 'failed', 'failed', 'materialized') as status,
    audit.reason,
    audit.broken_rules,
    if(audit.status is null, published_before.warnings, audit.warnings) as warnings,
    if(audit.status is null, published_before.accepted, audit.accepted) as accepted,
    coalesce(audit.source_rows, published_before.source_rows, 0) as source_rows,
    coalesce(audit.source_fingerprint, published_before.source_fingerprint, 0) as source_fingerprint,
    coalesce(if(audit.status = 'passed', audit.row_count, published_before.row_count), 0) as row_count,
    coalesce(audit.rejected_count, published_before.rejected_count, 0) as rejected_count,
    {% for name in figures() %}
        if(
            audit.status = 'passed' or published_before.run_id is null,
            coalesce(figures.{{ name }}, 0),
            published_before.{{ name }}
        ) as {{ name }},
    {% endfor %}
    nullif(getvariable('git_commit'), '') as git_commit,
    {{ sql_text(reading_settings() | join("; ")) }} as settings,
    plan.previous_row_count,
    {% for name in figures() %} plan.previous_{{ name }}, {% endfor %}
    plan.planned_at as started_at,
    now() as finished_at,
from plan
left join audit using (partition_date)
left join published_before using (partition_date)
left join figures using (partition_date)

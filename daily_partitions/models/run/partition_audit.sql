-- depends_on: {{ ref("rejected_rows") }}
-- depends_on: {{ ref("partition_row_changes") }}
{{ config(materialized="table") }}

with

    broken_rules as (
        {% for rule in rules() %}
            select
                partition_date,
                '{{ rule }}' as rule,
                reason,
                {{ "true" if execute and meta_of(rule).get("severity") == "warn" else "false" }} as only_warns,
            from
                {{ ref(rule) if rule in engine_rules() else ref(project_name, rule) }}
                {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    accepted as (
        select null::date as partition_date, null::varchar as rule, null::varchar as accepted
        where false
        {% for day in accepted_days() %}
            union all
            select date '{{ day.partition_date }}', {{ sql_text(day.rule) }}, {{ sql_text(day.reason) }}
        {% endfor %}
    ),

    verdicts as (
        select
            partition_date,
            string_agg(rule, ', ' order by rule) filter (where not only_warns and accepted is null) as broken_rules,
            string_agg(reason, '; ' order by rule) filter (where not only_warns and accepted is null) as reason,
            string_agg(rule || ': ' || reason, '; ' order by rule) filter (
                where only_warns and accepted is null
            ) as warnings,
            string_agg(rule || ': ' || reason || ', accepted: ' || accepted, '; ' order by rule) as accepted,
        from broken_rules
        left join accepted using (partition_date, rule)
        group by partition_date
    )

select
    staged.run_id,
    staged.run_number,
    staged.partition_date,
    if(verdicts.broken_rules is null, 'passed', 'failed') as status,
    verdicts.broken_rules,
    verdicts.reason,
    verdicts.warnings,
    verdicts.accepted,
    staged.source_rows,
    staged.source_fingerprint,
    staged.rejected_count,
    staged.row_count,
    staged.planned_at,
from {{ ref("staged_days") }} as staged
left join verdicts using (partition_date)
union all
select *
from ({{ restored_days() }})

{% macro restored_version() %}
    {#- The number of the run as which days are to be made again; none where that is not asked -#}
    {%- set asked = daily_partitions.setting("restore_run") -%}
    {%- if not execute or asked is none or flags.WHICH not in ["run", "build"] -%}
        {{ return(none) }}
    {%- elif "restored_version" not in daily_partitions.of_run() -%}
        {%- set runs = run_query(
            "select distinct run_number, run_id from " ~ daily_partitions.earlier_rows("partition_ledger") ~ " where "
            ~ daily_partitions.sql_text(asked | string) ~ " in (run_id, run_number::varchar)"
        ) -%}
        {%- if not runs | length -%}
            {%- do daily_partitions.refuse_var("restore_run", asked, "a run that published the day: " ~ daily_partitions.publishing_runs()) -%}
        {%- endif -%}
        {%- do daily_partitions.of_run().update({"restored_version": runs[0]["run_number"]}) -%}
    {%- endif -%}
    {{ return(daily_partitions.of_run().restored_version) }}
{% endmacro %}


{% macro publishing_runs() %}
    {%- set window = daily_partitions.run_window() -%}
    {%- set runs = run_query(
        "select distinct run_number, run_id from " ~ daily_partitions.earlier_rows("partition_ledger") ~ " where status = 'materialized' and action != 'export'"
        ~ " and partition_date between '" ~ window.start ~ "' and '" ~ window.end ~ "' order by run_number desc limit 10"
    ) -%}
    {%- set names = [] -%}
    {%- for run in runs -%} {%- do names.append(run["run_number"] ~ " (" ~ run["run_id"] ~ ")") -%} {%- endfor -%}
    {{- return(names | join(", ") or "there is none of " ~ window.start ~ " to " ~ window.end) -}}
{% endmacro %}


{% macro version_rows(mart) %}
    {#- The rows of the window's days as the version had them: those of now, less what came since, and what went since -#}
    {%- set days = daily_partitions.in_ranges("partition_date", [daily_partitions.run_window()]) -%}
    {%- set names = [] -%}
    {%- set terms = [] -%}
    {%- for name, type in daily_partitions.column_types("from " ~ daily_partitions.earlier(mart)).items() -%}
        {%- do names.append(adapter.quote(name)) -%}
        {%- do terms.append("cast(changed_row ->> " ~ daily_partitions.sql_text(name) ~ " as " ~ type ~ ")") -%}
    {%- endfor -%}
    select {{ names | join(", ") }}
    from
        (
            select {{ names | join(", ") }}, sum("one row") as "rows then"
            from (
                select {{ names | join(", ") }}, 1 as "one row"
                from {{ daily_partitions.earlier(mart) }}
                where {{ daily_partitions.in_ranges(daily_partitions.day_column(), [daily_partitions.run_window()]) }}
                union all
                select {{ terms | join(", ") }}, if(change = 'removed', changes.row_count, -changes.row_count)
                from {{ daily_partitions.earlier_rows("partition_row_changes") }} as changes
                join ({{ daily_partitions.version() }}) as version using (partition_date)
                where model = '{{ mart }}' and changes.run_number > version.run_number and {{ days }}
            )
            group by all
        ),
        range("rows then"::bigint)
{% endmacro %}


{% macro version() %}
    {#- What the ledger says of each day as it was then; a run that died says nothing -#}
    {{- return(daily_partitions.last_publications("run_number <= " ~ (daily_partitions.restored_version() or 0))) -}}
{% endmacro %}


{% macro version_outputs() %}
    {#- What partition_outputs says of the same -#}
    select *
    from {{ daily_partitions.earlier_rows("partition_outputs") }}
    where
        run_number <= {{ daily_partitions.restored_version() or 0 }}
        and (run_id, partition_date) in (select run_id, partition_date from {{ daily_partitions.earlier_rows("partition_ledger") }} where status = 'materialized')
    qualify row_number() over (partition by partition_date, model order by run_number desc) = 1
{% endmacro %}


{% macro restored_days() %}
    {#- The verdict on days that are to be what they were: they passed their audit then, and pass now if nothing of them is lost -#}
    select
        plan.run_id,
        plan.run_number,
        plan.partition_date,
        if(faults.reason is null, 'passed', 'failed') as status,
        if(faults.reason is null, null, 'as_it_was') as broken_rules,
        faults.reason,
        version.warnings,
        version.accepted,
        version.source_rows,
        version.source_fingerprint,
        version.rejected_count,
        version.row_count,
        plan.planned_at,
    from {{ daily_partitions.relation_of("partition_plan") }} as plan
    left join ({{ daily_partitions.version() }}) as version using (partition_date)
    left join ({{ daily_partitions.lost_versions() }}) as faults using (partition_date)
    where plan.run_id = {{ daily_partitions.planning_run(daily_partitions.relation_of("partition_plan")) }} and plan.action = 'restore'
{% endmacro %}


{% macro lost_versions() %}
    {%- if not daily_partitions.restored_version() -%}
        select null::date as partition_date, null::varchar as reason where false
    {%- else -%}
        select
            partition_date,
            coalesce(
                string_agg(
                    format(
                        '{} can no longer be made as it was after run {{ daily_partitions.restored_version() }}: {} rows then, {} of them are known. Later'
                        || ' changes are not kept so long (kept_versions: {{ daily_partitions.setting("kept_versions") }}), its columns are others, or its rows were changed by something else',
                        contents.model, version.row_count, contents.row_count
                    ), '; ' order by contents.model
                ) filter (where {{ daily_partitions.has_other_rows("version.*", "contents.*") }}),
                if(count(version.row_count) = 0, 'run {{ daily_partitions.restored_version() }} was before the day was first published', null)
            ) as reason
        from ({{ daily_partitions.mart_contents([daily_partitions.run_window()], of_version=true) }}) as contents
        left join ({{ daily_partitions.version_outputs() }}) as version using (partition_date, model)
        group by partition_date
    {%- endif -%}
{% endmacro %}


{% macro last_publishings() %}
    {#- How each day got the rows it has: `run`, `restore`, which pins it, or `release`, which ends that -#}
    select ledger.partition_date, ledger.action as publishing, plan.reason as publishing_reason
    from {{ daily_partitions.earlier_rows("partition_ledger") }} as ledger
    left join {{ daily_partitions.earlier_rows("partition_plan") }} as plan using (run_id, partition_date)
    where ledger.status = 'materialized' and ledger.action != 'export'
    qualify row_number() over (partition by ledger.partition_date order by ledger.run_number desc) = 1
{% endmacro %}


{% macro leaves_feed_alone() %}
    {#- What stands of a day is changed, or said of it, and not what the feed has -#}
    {{ return(daily_partitions.setting("restore_run") is not none or daily_partitions.setting("release")) }}
{% endmacro %}


{% macro check_history() %}
    {%- set window = daily_partitions.run_window() -%}
    {%- if daily_partitions.leaves_feed_alone() and not window -%}
        {%- set name = "release" if daily_partitions.setting("release") else "restore_run" -%}
        {%- do daily_partitions.refuse_var(name, daily_partitions.setting(name), "partition_date beside it, such as {partition_date: 2026-01-15, " ~ name ~ ": " ~ daily_partitions.setting(name) | lower ~ "}") -%}
    {%- endif -%}
    {%- if daily_partitions.setting("restore_run") is not none and daily_partitions.setting("release") -%}
        {%- do daily_partitions.refuse_var("release", "true", "it without restore_run: what is restored is pinned until it is released") -%}
    {%- endif -%}
    {%- do daily_partitions.restored_version() -%}
    {%- if daily_partitions.setting("release") and not run_query(
        "select 1 from (" ~ daily_partitions.last_publishings() ~ ") where publishing = 'restore' and " ~ daily_partitions.in_ranges("partition_date", [window])
    ) | length -%}
        {%- do daily_partitions.refuse_var("release", "true", "a day that is pinned, and none is from " ~ window.start ~ " to " ~ window.end) -%}
    {%- endif -%}
{% endmacro %}

{% macro day_states(ranges, source_days) %}
    {#- What each day is, why, and what a run without days does about it -#}
    {%- if not execute -%}
        {{ return("select null as partition_date") }}
    {%- endif -%}
    with

        compared as ({{ daily_partitions.compared_days(ranges, source_days) }}),

        judged as (
            select
                *,
                is_to_come and marts_with_rows is not null as is_made_up,
                -- to run it would make of a day that did not come an empty one
                is_to_come and not is_made_up as is_owed,
                publishing = 'restore' as is_pinned,
                publishing = 'run' and (source_fingerprint != used_fingerprint or source_rows != used_rows) as is_feed_newer,
                -- it is not tried again for what its source still holds, unless it was accepted since
                attempt = 'failed' and source_fingerprint = attempt_fingerprint and not {{ daily_partitions.is_accepted("broken_rules") }} as is_standing,
                case
                    when is_made_up then 'stale'
                    when run_id is null then 'missing'
                    when attempt is null or attempt = 'failed' then 'failed'
                    when publishing = 'release' or is_feed_newer or changed_marts is not null then 'stale'
                    when new_marts is not null and not is_pinned then 'stale'
                    when missing_files is not null then 'export_missing'
                    when changed_files is not null or outdated_files is not null then 'export_changed'
                    when is_pinned then 'pinned'
                    when outdated_marts is not null then 'outdated'
                    when row_count = 0 then 'empty'
                    else 'materialized'
                end as status,
            from compared
        )

    select
        partition_date,
        status,
        {{ daily_partitions.state_in_words() }} as reason,
        case
            when is_owed or (is_pinned and changed_marts is not null) then null
            when is_standing or is_pinned then if(coalesce(missing_files, changed_files, outdated_files) is not null, 'export', null)
            when outdated_marts is not null and {{ daily_partitions.setting("rebuild_outdated") }} then 'run'
            when status in ('missing', 'stale', 'failed') then 'run'
            when status in ('export_missing', 'export_changed') then 'export'
        end as action,
        row_count,
        {%- for name in daily_partitions.figures() %} {{ name }}, {%- endfor %}
        warnings,
        accepted,
        source_rows,
        run_id,
        case
            when status in ('materialized', 'empty', 'pinned') then published_at
            when status = 'failed' then coalesce(attempted_at, planned_at)
            else now()
        end as since,
    from judged
{% endmacro %}


{% macro compared_days(ranges, source_days) %}
    {#- Each day with the last run of it, what the ledger and partition_outputs say was published, and what is there now -#}
    with

        published as ({{ daily_partitions.last_publications() }}),

        attempts as ({{ daily_partitions.last_attempts() }}),

        publishings as ({{ daily_partitions.last_publishings() }}),

        outputs as ({{ daily_partitions.output_states(ranges) }}),

        calendar as (
            select partition_date
            from outputs
            where
                partition_date <= coalesce(greatest((select max(partition_date) from {{ source_days }}), {{ daily_partitions.expected_day() }}), date '0001-01-01')
                or partition_date in (select partition_date from attempts)
                or marts_with_rows is not null
        )

    select
        calendar.partition_date,
        attempts.run_id,
        attempts.run_id is null and calendar.partition_date > coalesce((select max(partition_date) from {{ source_days }}), date '0001-01-01') as is_to_come,
        attempts.status as attempt,
        attempts.reason as attempt_reason,
        attempts.broken_rules,
        attempts.planned_at,
        attempts.finished_at as attempted_at,
        published.finished_at as published_at,
        published.row_count,
        {%- for name in daily_partitions.figures() %} published.{{ name }}, {%- endfor %}
        published.source_rows as used_rows,
        published.warnings,
        published.accepted,
        publishings.publishing,
        publishings.publishing_reason,
        if(attempts.run_id = '{{ invocation_id }}', attempts.source_rows, coalesce(source.source_rows, 0)) as source_rows,
        if(
            attempts.run_id = '{{ invocation_id }}', attempts.source_fingerprint, coalesce(source.source_fingerprint, 0)
        ) as source_fingerprint,
        attempts.source_fingerprint as attempt_fingerprint,
        published.source_fingerprint as used_fingerprint,
        list_filter(
            string_split(published.settings, '; '), lambda setting: not list_contains({{ daily_partitions.sql_list(daily_partitions.reading_settings()) }}, setting)
        ) as other_settings,
        outputs.marts_with_rows,
        if(published_at is not null, outputs.new_marts, null) as new_marts,
        if(published_at is not null, outputs.changed_marts, null) as changed_marts,
        if(published_at is not null, outputs.outdated_marts, null) as outdated_marts,
        if(published_at is not null, outputs.missing_files, null) as missing_files,
        if(published_at is not null, outputs.changed_files, null) as changed_files,
        if(published_at is not null, outputs.outdated_files, null) as outdated_files,
    from calendar
    left join attempts using (partition_date)
    left join published using (partition_date)
    left join publishings using (partition_date)
    left join {{ source_days }} as source using (partition_date)
    left join outputs using (partition_date)
{% endmacro %}


{% macro state_in_words() %}
        case
            when is_owed then 'the feed has no row of this day, nor of a later one'
            when is_made_up then 'the rows were changed by something else: ' || marts_with_rows || ' of a day that was never run'
            when status = 'missing' then if(source_rows > 0, format('never run; the feed has {} row{}', source_rows, if(source_rows = 1, '', 's')), 'never run')
            when attempt is null and status = 'failed' then 'its run died'
            when status = 'failed'
            then
                concat_ws(
                    '; ',
                    attempt_reason,
                    if(source_fingerprint != attempt_fingerprint, 'the feed has changed since', null),
                    missing_files || ' as published before is not there',
                    changed_files || ' was changed by something else'
                )
            when publishing = 'release' then 'it was restored, and released since: the next run takes it from the feed'
            when is_feed_newer
            then
                concat_ws(
                    '; ',
                    if(
                        source_rows = used_rows,
                        format('the feed has changed since: {} row{} as before, with other content', source_rows, if(source_rows = 1, '', 's')),
                        format('the feed has changed since: {} rows then, {} now', used_rows, source_rows)
                    ),
                    'or reads otherwise: made with ' || nullif(array_to_string(other_settings, ', '), '')
                )
            when status = 'stale'
            then
                concat_ws(
                    '; ',
                    new_marts || ' has never held the day',
                    'the rows were changed by something else: ' || changed_marts,
                    if(is_pinned, 'it is pinned, and left to whoever runs it by name', null)
                )
            when status = 'pinned' then publishing_reason || ', until it is released or run by name'
            when status = 'outdated' then 'made by another version of ' || outdated_marts
            when status in ('export_missing', 'export_changed') then
                concat_ws(
                    '; ',
                    missing_files || ' is not there',
                    changed_files || ' was changed by something else',
                    outdated_files || ' was written by another version of its model or with other settings'
                )
        end
{% endmacro %}


{% macro is_accepted(broken_rules) %}
    {#- Whether all the rules that a day broke are accepted for it by now -#}
    {%- set accepted = [] -%}
    {%- for day in daily_partitions.accepted_days() -%} {%- do accepted.append(day.partition_date ~ " " ~ day.rule) -%} {%- endfor -%}
    {%- if not accepted -%}
        {{ return("false") }}
    {%- endif -%}
    {{- return(
        "list_has_all(" ~ daily_partitions.sql_list(accepted) ~ ", list_transform(string_split(" ~ broken_rules ~ ", ', '), lambda rule: strftime(partition_date, '%Y-%m-%d ') || rule))"
    ) -}}
{% endmacro %}


{% macro last_attempts() %}
    {#- The last run that had the day in its plan; without a status if it died -#}
    select
        plan.partition_date,
        plan.run_id,
        plan.planned_at,
        ledger.status,
        ledger.reason,
        ledger.broken_rules,
        ledger.source_rows,
        ledger.source_fingerprint,
        ledger.finished_at,
    from {{ daily_partitions.earlier_rows("partition_plan") }} as plan
    left join {{ daily_partitions.earlier_rows("partition_ledger") }} as ledger using (run_id, partition_date)
    -- what could not be restored is as it was
    where plan.action = 'run' or (plan.action = 'restore' and ledger.status is distinct from 'failed')
    qualify row_number() over (partition by plan.partition_date order by plan.run_number desc) = 1
{% endmacro %}

{% macro asked_days(source_days) %}
    {%- set window = daily_partitions.run_window() -%}
    {%- if window and daily_partitions.restored_version() -%}
        select partition_date, 'restore' as action, 'restored as run {{ daily_partitions.restored_version() }} left it' as reason,
        from ({{ daily_partitions.days_in([window]) }})
    {%- elif window and daily_partitions.setting("release") -%}
        select partition_date, 'release' as action, 'released' as reason,
        from ({{ daily_partitions.last_publishings() }})
        where publishing = 'restore' and {{ daily_partitions.in_ranges("partition_date", [window]) }}
    {%- elif window -%}
        select partition_date, 'run' as action, 'asked for by name' as reason, from ({{ daily_partitions.days_in([window]) }})
    {%- elif flags.FULL_REFRESH and execute -%}
        -- each day of the calendar, the feed's days beyond it, and those of earlier runs that the feed no longer holds: they become empty
        select partition_date, 'run' as action, 'full refresh' as reason,
        from (
            with
                known as (
                    select partition_date
                    from {{ source_days }}
                    {%- for name in ["partition_plan", "partition_ledger"] %}
                    union
                    select partition_date
                    from {{ daily_partitions.earlier_rows(name) }}
                    {%- endfor %}
                )

            select partition_date
            from known
            union
            select cast(day as date)
            from
                generate_series(
                    date '{{ daily_partitions.day_var("start_date") }}',
                    least(date '{{ daily_partitions.newest_complete_day() }}', (select max(partition_date) from known)),
                    interval 1 day
                ) as calendar(day)
            where exists (select 1 from known)
        )
        where
            partition_date >= date '{{ daily_partitions.day_var("start_date") }}'
            -- a pinned day is not asked for by its name
            and partition_date not in (select partition_date from ({{ daily_partitions.last_publishings() }}) where publishing = 'restore')
    {%- else -%}
        select
            partition_date,
            action,
            concat_ws(': ', replace(status, '_', ' '), reason) as reason,
        from ({{ daily_partitions.day_states([daily_partitions.health_window()], source_days) }})
        where action is not null
    {%- endif -%}
{% endmacro %}


{% macro next_run_number() %}
    {#- Counted, for a clock may have been ahead: what it stamped would be the latest for as long -#}
    coalesce(
        greatest(
            (select max(run_number) from {{ daily_partitions.earlier_rows("partition_plan") }}), (select max(run_number) from {{ daily_partitions.earlier_rows("partition_ledger") }})
        ),
        0
    )::bigint + 1
{% endmacro %}


{% macro number_of_run() %}
    (select max(run_number) from {{ daily_partitions.relation_of("partition_plan") }} where run_id = '{{ invocation_id }}')
{%- endmacro %}


{% macro last_publications(condition="true") %}
    {#- What stands of each day: the last run that published it, or wrote its files again -#}
    select *
    from {{ daily_partitions.earlier_rows("partition_ledger") }}
    where status = 'materialized' and {{ condition }}
    qualify row_number() over (partition by partition_date order by run_number desc) = 1
{% endmacro %}

{% macro asked_days(source_days) %}
    {%- set window = daily_partitions.run_window() -%}
    {%- if window -%}
        select partition_date, 'run' as action, 'asked for by name' as reason, from ({{ daily_partitions.days_in([window]) }})
    {%- elif flags.FULL_REFRESH and execute -%}
        -- each day of the calendar, the feed's days beyond it, and those of earlier runs that the feed no longer holds: they become empty
        select partition_date, 'run' as action, 'full refresh' as reason,
        from (
            with
                known as (
                    select partition_date
                    from {{ source_days }}
                    {%- for name in ["partition_plan", "partition_ledger"] if daily_partitions.earlier(name) %}
                    union
                    select partition_date
                    from {{ daily_partitions.earlier(name) }}
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
        where partition_date >= date '{{ daily_partitions.day_var("start_date") }}'
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
    {%- set numbers = [] -%}
    {%- for name in ["partition_plan", "partition_ledger"] if daily_partitions.earlier(name) -%}
        {%- do numbers.append("(select max(run_number) from " ~ daily_partitions.earlier(name) ~ ")") -%}
    {%- endfor -%}
    {{- "coalesce(greatest(" ~ (numbers or ["null"]) | join(", ") ~ "), 0)::bigint + 1" -}}
{% endmacro %}


{% macro last_publications() %}
    {#- What stands of each day: the last run that published it, or wrote its files again -#}
    {%- set ledger = daily_partitions.earlier("partition_ledger") -%}
    {%- if ledger -%}
        {%- set names = daily_partitions.columns_of(ledger) -%}
        select *
        {#- Of a figure that is new nothing is known -#}
        {%- for name in daily_partitions.figures() if name not in names %}, null::{{ daily_partitions.figure_type() }} as {{ name }} {%- endfor %}
        from {{ ledger }}
        where status = 'materialized'
        qualify row_number() over (partition by partition_date order by run_number desc) = 1
    {%- else -%}
        select
            null::varchar as run_id, null::date as partition_date, null::bigint as source_rows, null::hugeint as source_fingerprint,
            null::bigint as row_count, null::bigint as rejected_count, null::varchar as warnings, null::varchar as accepted, null::varchar as settings, null::timestamptz as finished_at,
            {%- for name in daily_partitions.figures() %} null::{{ daily_partitions.figure_type() }} as {{ name }}, {%- endfor %}
        where false
    {%- endif -%}
{% endmacro %}

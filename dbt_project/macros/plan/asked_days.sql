{% macro asked_days(source_days) %}
    {%- set window = run_window() -%}
    {%- if window -%}
        select
            cast(day as date) as partition_date,
            'run' as action,
            'asked for by name' as reason,
        from generate_series(date '{{ window.start }}', date '{{ window.end }}', interval 1 day) as calendar(day)
    {%- elif flags.FULL_REFRESH -%}
        -- each day of the calendar, the feed's days beyond it, and those of earlier runs that the feed no longer holds: they become empty
        select
            partition_date,
            'run' as action,
            'full refresh' as reason,
        from (
            with
                known as (
                    select partition_date
                    from {{ source_days }}
                    union
                    select partition_date
                    from ({{ published_days() }})
                    {%- if earlier("partition_plan") %}
                    union
                    select partition_date
                    from {{ earlier("partition_plan") }}
                    {%- endif %}
                )

            select partition_date
            from known
            union
            select cast(day as date)
            from
                generate_series(
                    date '{{ day_var("start_date") }}',
                    least(date '{{ newest_complete_day() }}', (select max(partition_date) from known)),
                    interval 1 day
                ) as calendar(day)
            where exists (select 1 from known)
        )
        where partition_date >= date '{{ day_var("start_date") }}'
    {%- else -%}
        select
            partition_date,
            action,
            concat_ws(': ', replace(status, '_', ' '), reason) as reason,
        from ({{ day_states([health_window()], source_days) }})
        where action is not null
    {%- endif -%}
{% endmacro %}

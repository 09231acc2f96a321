{% macro asked_days(source_days) %}
    {%- set window = run_window() -%}
    {%- if window -%}
        select
            cast(day as date) as partition_date,
            'run' as action,
            'asked for by name' as reason,
        from generate_series(date '{{ window.start }}', date '{{ window.end }}', interval 1 day) as calendar(day)
    {%- elif flags.FULL_REFRESH -%}
        -- the feed's days, and those published earlier that it no longer holds: they become empty
        select
            partition_date,
            'run' as action,
            'full refresh' as reason,
        from (
            select partition_date
            from {{ source_days }}
            union
            select partition_date
            from ({{ published_days() }})
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

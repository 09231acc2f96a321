{% macro asked_days(source) %}
    {%- set window = run_window() -%}
    {%- if window -%}
        select
            cast(day as date) as partition_date,
            'asked for by name' as reason,
        from generate_series(date '{{ window.start }}', date '{{ window.end }}', interval 1 day) as calendar(day)
    {%- else -%}
        -- the feed's days, and those published earlier that it no longer holds: they become empty
        select
            partition_date,
            'full refresh' as reason,
        from (
            select {{ day_of("date") }} as partition_date
            from {{ feed(source, only_planned=false) }}
            union
            select partition_date
            from ({{ published_days() }})
        )
        where partition_date >= date '{{ day_var("start_date") }}'
    {%- endif -%}
{% endmacro %}

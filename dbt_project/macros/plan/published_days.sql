{% macro published_days(ranges=none) %}
    {%- set ranges = [run_window()] if ranges is none and run_window() else ranges -%}
    {%- set daily_sales = earlier("daily_sales") -%}
    {%- if daily_sales -%}
        select
            date as partition_date,
            count(*) as row_count,
            sum(amount) as total_amount,
        from {{ daily_sales }}
        {%- if ranges is not none %}
        where {{ in_ranges("date", ranges) }}
        {%- endif %}
        group by date
    {%- else -%}
        select
            null::date as partition_date,
            null::bigint as row_count,
            null::decimal as total_amount,
        where false
    {%- endif -%}
{% endmacro %}

{% macro published_days() %}
    {%- set window = run_window() -%}
    {%- set daily_sales = earlier("daily_sales") -%}
    {%- if daily_sales -%}
        select
            date as partition_date,
            count(*) as row_count,
            sum(amount) as total_amount,
        from {{ daily_sales }}
        {%- if window %}
        where date between date '{{ window.start }}' and date '{{ window.end }}'
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

{% macro published_days() %}
    {#- No ref: the plan comes before daily_sales, and asks only what an earlier run left there -#}
    {%- set window = run_window() -%}
    {%- set daily_sales = load_relation(this.incorporate(path={"identifier": "daily_sales"})) if execute -%}
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

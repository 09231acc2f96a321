{% macro published_days(condition="true") %}
    {#- No ref: the plan comes before daily_sales, and asks only what an earlier run left there -#}
    {%- set daily_sales = load_relation(this.incorporate(path={"identifier": "daily_sales"})) if execute -%}
    {%- if daily_sales -%}
        select
            date as partition_date,
            count(*) as row_count,
            sum(amount) as total_amount,
        from {{ daily_sales }}
        group by date
        having {{ condition }}
    {%- else -%}
        select
            null::date as partition_date,
            null::bigint as row_count,
            null::decimal as total_amount,
        where false
    {%- endif -%}
{% endmacro %}

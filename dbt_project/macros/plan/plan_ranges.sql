{% macro plan_ranges(status=none, days=none) %}
    {%- set days = days or (ref("partition_audit") if status else ref("partition_plan")) -%}
    {%- set condition = "status = '" ~ status ~ "'" if status else "action = 'run'" -%}
    {{ return(contiguous_ranges(days, condition)) }}
{% endmacro %}


{% macro export_ranges() %}
    {#- The days that were published now, and those whose files alone are wrong -#}
    {{ return(contiguous_ranges(ref("partition_audit"), "status = 'passed'") + contiguous_ranges(ref("partition_plan"), "action = 'export'")) }}
{% endmacro %}


{% macro contiguous_ranges(days, condition) %}
    {%- if not execute or (days is not string and load_relation(days) is none) -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        with days as (
            select
                partition_date,
                partition_date - cast(row_number() over (order by partition_date) as integer) as island
            from {{ days }}
            where run_id = {{ planning_run(days) }} and {{ condition }}
        )

        select min(partition_date) as first_day, max(partition_date) as last_day
        from days
        group by island
        order by first_day
    {%- endset -%}
    {%- set ranges = [] -%}
    {%- for row in run_query(query) -%}
        {%- do ranges.append({"start": row["first_day"], "end": row["last_day"]}) -%}
    {%- endfor -%}
    {{ return(ranges) }}
{% endmacro %}

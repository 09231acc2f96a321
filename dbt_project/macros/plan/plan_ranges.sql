{% macro plan_ranges(status=none, days=none) %}
    {%- set days = days or (ref("partition_audit") if status else ref("partition_plan")) -%}
    {%- if not execute or load_relation(days) is none -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        with days as (
            select
                partition_date,
                partition_date - cast(row_number() over (order by partition_date) as integer) as island
            from {{ days }}
            where run_id = {{ planning_run(days) }} {%- if status %} and status = '{{ status }}' {%- endif %}
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

{% macro plan_ranges(status=none, days=none) %}
    {%- if run_window() and not status and execute and flags.WHICH in ["run", "build"] -%}
        {{ return([run_window()]) }}
    {%- endif -%}
    {%- set days = days or (ref("partition_audit") if status else ref("partition_plan")) -%}
    {{ return(ranges_of_run(days, "status = '" ~ status ~ "'" if status else "action = 'run'")) }}
{% endmacro %}


{% macro export_ranges() %}
    {#- The days that were published now, and those whose files alone are wrong -#}
    {#- By the graph: dbt does not see a ref that a materialization makes, and each export comes after its mart -#}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(
        ranges_of_run(relation_of("partition_audit"), "status = 'passed'") + ranges_of_run(relation_of("partition_plan"), "action = 'export'")
    ) }}
{% endmacro %}


{% macro ranges_of_run(days, condition) %}
    {%- if not execute or load_relation(days) is none -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(contiguous_ranges(days, "run_id = " ~ planning_run(days) ~ " and " ~ condition)) }}
{% endmacro %}


{% macro contiguous_ranges(days, condition) %}
    {%- set query -%}
        with days as (
            select
                partition_date,
                partition_date - cast(row_number() over (order by partition_date) as integer) as island
            from {{ days }}
            where {{ condition }}
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

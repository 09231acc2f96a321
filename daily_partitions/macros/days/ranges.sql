{% macro in_ranges(column, ranges, computed=false) %}
    {%- if not ranges -%}
        false
    {%- elif computed or ranges | length > 20 -%}
        {#- A comparison for each range takes, for scattered days, many times as long as all the rest; more so of what is computed -#}
        {%- set listed = column ~ " in (" ~ daily_partitions.days_in(ranges) ~ ")" -%}
        {%- if computed -%}
            {{ listed }}
        {%- else -%}
            {%- set bounds = [ranges | map(attribute="start") | min, ranges | map(attribute="end") | max] -%}
            ({{ column }} between date '{{ bounds[0] }}' and date '{{ bounds[1] }}' and {{ listed }})
        {%- endif -%}
    {%- else -%}
        (
        {%- for window in ranges -%}
            {{ " or " if not loop.first }}{{ column }} between date '{{ window.start }}' and date '{{ window.end }}'
        {%- endfor -%}
        )
    {%- endif -%}
{% endmacro %}


{% macro days_in(ranges) %}
    {{- return("select unnest(" ~ daily_partitions.sql_list(daily_partitions.days_of(ranges)) ~ "::date[]) as partition_date") -}}
{% endmacro %}


{% macro days_of(ranges) %}
    {%- set days = [] -%}
    {%- for window in ranges -%}
        {%- for offset in range((window.end - window.start).days + 1) -%}
            {%- do days.append(window.start + modules.datetime.timedelta(days=offset)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(days) }}
{% endmacro %}


{% macro planned_ranges() %}
    {%- if daily_partitions.run_window() and not daily_partitions.leaves_feed_alone() and execute and flags.WHICH in ["run", "build"] -%}
        {{ return([daily_partitions.run_window()]) }}
    {%- endif -%}
    {{ return(daily_partitions.ranges_of_run("partition_plan", "action = 'run'")) }}
{% endmacro %}


{% macro passed_ranges() %}
    {{ return(daily_partitions.ranges_of_run("partition_audit", "status = 'passed'")) }}
{% endmacro %}


{% macro export_ranges() %}
    {#- The days that were published now, and those whose files alone are wrong -#}
    {{ return(daily_partitions.passed_ranges() + daily_partitions.ranges_of_run("partition_plan", "action = 'export'")) }}
{% endmacro %}


{% macro ranges_of_run(name, condition) %}
    {%- set relation = daily_partitions.relation_of(name) -%}
    {%- if not execute or load_relation(relation) is none -%}
        {{ return([]) }}
    {%- elif not daily_partitions.of_run()[name ~ condition] -%}
        {#- Who asks before the model is made finds none, and asks again -#}
        {%- set ranges = daily_partitions.contiguous_ranges(relation, "run_id = " ~ daily_partitions.planning_run(relation) ~ " and " ~ condition) -%}
        {%- do daily_partitions.of_run().update({name ~ condition: ranges}) -%}
    {%- endif -%}
    {{ return(daily_partitions.of_run()[name ~ condition]) }}
{% endmacro %}


{% macro planning_run(days) %}
    {#- Outside a run, for instance in dbt test, the days in question are those of the last run -#}
    {%- if flags.WHICH in ["run", "build"] -%}
        '{{ invocation_id }}'
    {%- else -%}
        (select arg_max(run_id, run_number) from {{ days }})
    {%- endif -%}
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

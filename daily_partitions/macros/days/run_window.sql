{% macro run_window() %}
    {%- set asked = daily_partitions.asked_window() -%}
    {%- set given = asked.keys() | list -%}
    {%- if not given -%}
        {{ return(none) }}
    {%- elif given | map("lower") | list not in [["partition_date"], ["partition_start", "partition_end"]] -%}
        {%- do daily_partitions.refuse_var(given[0], asked[given[0]], "either partition_date, or both partition_start and partition_end") -%}
    {%- endif -%}

    {%- set window = {"start": daily_partitions.day_of_var(given | first, asked[given | first]), "end": daily_partitions.day_of_var(given | last, asked[given | last])} -%}
    {%- if window.end < window.start -%}
        {%- do daily_partitions.refuse_var(given | last, window.end, "a day not before partition_start " ~ window.start) -%}
    {%- elif window.start < daily_partitions.day_var("start_date") -%}
        {%- do daily_partitions.refuse_var(given | first, window.start, "a day not before start_date " ~ daily_partitions.day_var("start_date")
            ~ "; an earlier calendar is set in dbt_project.yml by the line start_date: " ~ window.start) -%}
    {%- endif -%}
    {{ return(window) }}
{% endmacro %}


{% macro asked_window() %}
    {%- set names = ["partition_date", "partition_start", "partition_end"] -%}
    {%- set asked = {} -%}
    {%- for name in names if var(name, none) is not none -%}
        {%- do asked.update({name: var(name)}) -%}
    {%- endfor -%}
    {#- From the environment only when a run executes: dbt parses anew for other vars, and for what it saw of the environment in parsing -#}
    {%- for name in names | map("upper") if execute and not asked.keys() | select("in", names) | list and env_var(name, "") -%}
        {%- do asked.update({name: env_var(name)}) -%}
    {%- endfor -%}
    {{ return(asked) }}
{% endmacro %}

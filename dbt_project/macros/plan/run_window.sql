{% macro run_window() %}
    {%- set given = [] -%}
    {%- for name in ["partition_date", "partition_start", "partition_end"] if var(name, none) is not none -%}
        {%- do given.append(name) -%}
    {%- endfor -%}
    {%- if not given -%}
        {{ return(none) }}
    {%- elif given not in [["partition_date"], ["partition_start", "partition_end"]] -%}
        {%- do refuse_var(given[0], var(given[0]), "either partition_date, or both partition_start and partition_end") -%}
    {%- endif -%}

    {%- set window = {"start": day_var(given | first), "end": day_var(given | last)} -%}
    {%- if window.end < window.start -%}
        {%- do refuse_var("partition_end", window.end, "a day not before partition_start " ~ window.start) -%}
    {%- elif window.start < day_var("start_date") -%}
        {%- do refuse_var(given | first, window.start, "a day not before start_date " ~ day_var("start_date")) -%}
    {%- endif -%}
    {{ return(window) }}
{% endmacro %}

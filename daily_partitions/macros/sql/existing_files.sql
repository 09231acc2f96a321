{% macro existing_files(patterns) %}
    {{ return(run_query(daily_partitions.globs(patterns) ~ " order by file").columns[0].values() | list if patterns else []) }}
{% endmacro %}


{% macro globs(patterns) %}
    {%- set queries = [] -%}
    {%- for pattern in patterns | unique -%}
        {%- do queries.append("select file from glob(" ~ daily_partitions.sql_text(pattern) ~ ")") -%}
    {%- endfor -%}
    {{- return(queries | join(" union ")) -}}
{% endmacro %}

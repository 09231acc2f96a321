{% macro globs(patterns) %}
    {%- set queries = [] -%}
    {%- for pattern in patterns | unique -%}
        {%- do queries.append("select file from glob(" ~ daily_partitions.sql_text(pattern) ~ ")") -%}
    {%- endfor -%}
    {{- return(queries | join(" union ")) -}}
{% endmacro %}

{% macro sql_list(values) %}
    {#- By filters: a call of sql_text for each of thousands of files takes seconds -#}
    {%- set texts = values | map("string") | map("replace", "'", "''") | join("', '") -%}
    {{- return("['" ~ texts ~ "']" if values else "[]") -}}
{% endmacro %}

{% macro sql_list(values) %}
    {%- set texts = [] -%}
    {%- for value in values -%}
        {%- do texts.append(sql_text(value)) -%}
    {%- endfor -%}
    {{- return("[" ~ texts | join(", ") ~ "]") -}}
{% endmacro %}

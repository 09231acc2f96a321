{% macro sql_struct(fields) %}
    {%- set texts = [] -%}
    {%- for name, value in fields.items() -%}
        {%- do texts.append(daily_partitions.sql_text(name) ~ ": " ~ daily_partitions.sql_text(value)) -%}
    {%- endfor -%}
    {{- return("{" ~ texts | join(", ") ~ "}") -}}
{% endmacro %}

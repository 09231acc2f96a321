{% macro sql_struct(fields) %}
    {%- set texts = [] -%}
    {%- for name, value in fields.items() -%}
        {%- do texts.append(sql_text(name) ~ ": " ~ sql_text(value)) -%}
    {%- endfor -%}
    {{- return("{" ~ texts | join(", ") ~ "}") -}}
{% endmacro %}

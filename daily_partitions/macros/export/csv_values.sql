{% macro csv_values(columns) %}
    {#- A quote before = + - @ or a line's control character keeps a spreadsheet from running the cell. One that stands there already
        gets another, so that taking one away gives back what was there -#}
    {%- set texts = [] -%}
    {%- for column in columns if daily_partitions.setting("escape_formulas") and column.is_string() -%}
        {%- set name = adapter.quote(column.name) -%}
        {%- do texts.append("if(regexp_matches(" ~ name ~ ", '^''*[=+@\\t\\r\\n-]'), '''' || " ~ name ~ ", " ~ name ~ ") as " ~ name) -%}
    {%- endfor -%}
    {{- "* replace (" ~ texts | join(", ") ~ ")" if texts else "*" -}}
{% endmacro %}

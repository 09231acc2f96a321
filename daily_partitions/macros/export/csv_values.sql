{% macro csv_values(types) %}
    {#- A quote before = + - @ or a line's control character keeps a spreadsheet from running the cell. One that stands there already
        gets another, so that taking one away gives back what was there -#}
    {%- set texts = [] -%}
    {%- for column, type in types.items() if daily_partitions.setting("escape_formulas") and type == "VARCHAR" -%}
        {%- set name = adapter.quote(column) -%}
        {%- do texts.append("if(regexp_matches(" ~ name ~ ", '^''*[=+@\\t\\r\\n-]'), '''' || " ~ name ~ ", " ~ name ~ ") as " ~ name) -%}
    {%- endfor -%}
    {{- "* replace (" ~ texts | join(", ") ~ ")" if texts else "*" -}}
{% endmacro %}

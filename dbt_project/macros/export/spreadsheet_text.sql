{% macro spreadsheet_text(column) %}
    {#- A quote before = + - @ or a line's control character keeps a spreadsheet from running the cell. One that stands there already
        gets another, so that taking one away gives back what was there -#}
    {%- if var("escape_formulas") -%}
        if(regexp_matches({{ column }}, '^''*[=+@\t\r\n-]'), '''' || {{ column }}, {{ column }})
    {%- else -%}
        {{ column }}
    {%- endif -%}
{% endmacro %}

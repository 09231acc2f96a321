{% macro sql_text(value) %}
    {{- return("'" ~ value | string | replace("'", "''") ~ "'") -}}
{% endmacro %}

{% macro duckdb__generate_database_name(custom_database_name=none, node=none) %}
    {%- if target.name == "preview" -%}
        {{- return("preview") -}}
    {%- endif -%}
    {{- return(custom_database_name or target.database) -}}
{% endmacro %}

{% macro noted(name, columns) %}
    {#- What a function of the plugin has written for SQL to read: a result of Python other than null would make DuckDB import pandas -#}
    {{- return(
        "read_json(getvariable('noted') || '" ~ name ~ ".json', format = 'newline_delimited', columns = " ~ columns ~ ")"
    ) -}}
{% endmacro %}

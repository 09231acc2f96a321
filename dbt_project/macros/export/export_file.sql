{% macro export_file(file_name, day) %}
    {{- return(absolute_path(export_path(day.strftime("%Y/%m/%d/") ~ file_name))) -}}
{% endmacro %}

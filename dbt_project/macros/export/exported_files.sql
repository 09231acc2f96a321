{% macro exported_files(file_name) %}
    {#- What is special in a glob may be in the folder's own name -#}
    {%- set folder = modules.re.sub("([][*?])", "[\\1]", absolute_path(export_path(""))) -%}
    {%- set year_month_day = "[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]/" -%}
    {{- return(folder ~ year_month_day ~ file_name) -}}
{% endmacro %}

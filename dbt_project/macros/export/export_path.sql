{% macro export_path(file) %}
    {#- As it is set and shown; absolute_path makes of it one that can be opened -#}
    {{- return((env_var("EXPORT_DIR", "") or var("export_dir")).rstrip("/") ~ "/" ~ file) -}}
{% endmacro %}

{% macro absolute_path(path) %}
    {#- Relative paths mean from the project's root, where profiles.yml is, whichever folder dbt was started in -#}
    {%- if path.startswith(("/", "~")) or "://" in path or path[1:3] in [":/", ":\\"] -%}
        {{- return(path) -}}
    {%- endif -%}
    {{- return(flags.PROFILES_DIR ~ "/" ~ path) -}}
{% endmacro %}

{% macro absolute_path(path) %}
    {#- Relative paths mean from the project's root, where profiles.yml is, whichever folder dbt was started in -#}
    {%- set path = modules.re.sub("^file:(//(localhost)?)?/", "/", path) -%}
    {%- set path = modules.re.sub("^~(?=/|$)", env_var("HOME", "~"), path) -%}
    {%- if path.startswith(("/", "~")) or "://" in path or path[1:3] in [":/", ":\\"] -%}
        {{- return(daily_partitions.without_dots(path)) -}}
    {%- endif -%}
    {{- return(daily_partitions.without_dots(daily_partitions.root_folder() ~ "/" ~ path)) -}}
{% endmacro %}


{% macro without_dots(path) %}
    {#- As a listing gives the files: else one of /a/../b//*.csv would be another than what was written there -#}
    {%- if "://" in path -%}
        {{- return(path) -}}
    {%- endif -%}
    {%- set folders = path.split("/")[:1] -%}
    {%- for folder in path.split("/")[1:] if folder not in ["", "."] -%}
        {%- if folder == ".." and folders[-1] not in ["", "..", "~"] -%}
            {%- do folders.pop() -%}
        {%- else -%}
            {%- do folders.append(folder) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(folders | join("/") ~ ("/" if path.endswith("/") else "")) -}}
{% endmacro %}


{% macro root_folder() %}
    {#- dbt keeps --profiles-dir as it was given, and DuckDB puts its search path before what is relative -#}
    {%- if flags.PROFILES_DIR[:1] in ["/", "~"] or flags.PROFILES_DIR[1:2] == ":" or not execute -%}
        {{- return(flags.PROFILES_DIR) -}}
    {%- elif "root" not in daily_partitions.of_run() -%}
        {%- do daily_partitions.of_run().update({"root": run_query("select getvariable('started_in') as folder")[0]["folder"] ~ "/" ~ flags.PROFILES_DIR}) -%}
    {%- endif -%}
    {{- return(daily_partitions.of_run().root) -}}
{% endmacro %}

{% macro feed_files(path, ranges) %}
    {#- A folder means all data files below it. A field of the date, such as %Y or %-d, leaves only the files of the days in question -#}
    {%- set path = absolute_path(path) ~ ("**/*.*" if path.endswith("/") else "") -%}
    {%- set any_day = modules.re.sub("%-?[A-Za-z]", "*", path) -%}
    {%- set patterns = [any_day] -%}
    {%- if any_day != path and ranges is not none -%}
        {%- set patterns = [] -%}
        {%- for day in days_of(ranges) -%}
            {%- do patterns.append(day.strftime(path)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set files = existing_files(patterns) -%}
    {%- if not files and (patterns == [any_day] or not existing_files([any_day])) -%}
        {%- do refuse_feed("has no file: nothing is at " ~ path) -%}
    {%- endif -%}
    {{ return(files) }}
{% endmacro %}

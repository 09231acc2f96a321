{% macro feed_files(path, ranges) %}
    {#- A field of the date in the path, such as %Y or %-d, leaves only the files of the days in question -#}
    {%- set all_days = any_day(path) -%}
    {%- set patterns = file_or_folder(all_days) -%}
    {%- if all_days != path and ranges is not none -%}
        {%- set patterns = [] -%}
        {%- for day in days_of(ranges) -%}
            {%- do patterns.extend(file_or_folder(day.strftime(path))) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set found = existing_files(patterns) -%}
    {%- if not found and (all_days == path or not existing_files(file_or_folder(all_days))) -%}
        {%- do refuse_feed("has no file: nothing is at " ~ path) -%}
    {%- endif -%}

    {%- set files = [] -%}
    {%- for file in found if not modules.re.search("/[._][^/]*$", file) -%}
        {%- if not modules.re.search("[.](csv|tsv|parquet)([.](gz|zst))?$", file | lower) -%}
            {%- do refuse_feed("has a file that is neither CSV nor TSV nor Parquet: " ~ file) -%}
        {%- endif -%}
        {#- In a hive-partitioned folder the folder's name is the day -#}
        {%- set hive = modules.re.search("/date=([0-9]{4}-[0-9]{2}-[0-9]{2})/", file) -%}
        {%- if not hive or ranges is none -%}
            {%- do files.append(file) -%}
        {%- else -%}
            {%- for window in ranges if window.start | string <= hive.group(1) <= window.end | string -%}
                {%- do files.append(file) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(files) }}
{% endmacro %}


{% macro file_or_folder(path) %}
    {{ return([path] if "**" in path else [path, path.rstrip("/") ~ "/**"]) }}
{% endmacro %}


{% macro is_file_of(filename, day, path) %}
    {%- set tests = [] -%}
    {%- for pattern in file_or_folder(path) -%}
        {%- do tests.append(filename ~ " ~~~ strftime(" ~ day ~ ", " ~ sql_text(pattern) ~ ")") -%}
    {%- endfor -%}
    {{- "(" ~ tests | join(" or ") ~ ")" -}}
{% endmacro %}

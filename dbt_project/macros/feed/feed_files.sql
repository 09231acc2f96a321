{% macro feed_files(path, ranges) %}
    {#- A field of the date in the path, such as %Y or %-d, leaves only the files of the days in question -#}
    {%- set all_days = any_day(path) -%}
    {%- set patterns = [all_days] if "**" in all_days else [all_days, all_days.rstrip("/") ~ "/**"] -%}
    {%- if all_days != path and ranges is not none -%}
        {%- set patterns = [] -%}
        {%- for day in days_of(ranges) -%}
            {%- do patterns.append(day.strftime(path)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set found = existing_files(patterns) -%}
    {%- if not found and (all_days == path or not existing_files([all_days])) -%}
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

{% macro check_places() %}
    {#- An export in the feed's place would replace what was handed over, and one that the feed finds would be read as sales -#}
    {%- set path = daily_partitions.feed_path() -%}
    {%- set patterns = [daily_partitions.any_day(path)] if path else [] -%}
    {%- for text in modules.re.findall("'((?:[^']|'')+)'", daily_partitions.feed_source().external or "") if not path -%}
        {#- Of a query what looks like a file -#}
        {%- if modules.re.search("[.](csv|tsv|parquet|json)([.](gz|zst))?$|[*]", text | lower) and "/" in text | replace("\\", "/") -%}
            {%- do patterns.append(daily_partitions.absolute_path(text | replace("''", "'"))) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set local = [] -%}
    {%- for pattern in patterns if "://" not in pattern -%} {%- do local.append(pattern) -%} {%- endfor -%}
    {%- set paths = [] -%}
    {%- for name in daily_partitions.pipeline("exports") -%} {%- do paths.append(daily_partitions.export_of(name)) -%} {%- endfor -%}
    {%- set window = daily_partitions.run_window() -%}
    {%- set files = daily_partitions.feed_files(path, [window] if window else none) if path else "(" ~ (daily_partitions.globs(local) or "select null as file where false") ~ ")" -%}
    {%- set query -%}
        select overlap(
            (select list(distinct file) from {{ files }}),
            {{ daily_partitions.sql_list(patterns) }}::varchar[],
            {{ daily_partitions.sql_text(daily_partitions.absolute_path(daily_partitions.export_path(""))) }},
            {{ daily_partitions.sql_list(paths) }}::varchar[],
            date '{{ daily_partitions.day_var("start_date") }}',
            date '{{ [daily_partitions.newest_complete_day(), window.end if window else daily_partitions.newest_complete_day()] | max }}',
            {{ daily_partitions.sql_list([target.path, daily_partitions.readers_path()] | select | list) }}
        ) as fault
    {%- endset -%}
    {%- set fault = run_query(query)[0]["fault"] -%}
    {%- if fault -%}
        {%- do exceptions.raise_compiler_error(
            "Feed, exports and warehouse must not be in each other's place: " ~ fault ~ ". Nothing was read or written. Give the exports a"
            ~ " folder of their own, such as EXPORT_DIR=exports, or name the feed so that it leaves them out"
        ) -%}
    {%- endif -%}
{% endmacro %}

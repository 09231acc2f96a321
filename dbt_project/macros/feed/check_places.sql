{% macro check_places() %}
    {#- An export in the feed's place would replace what was handed over, and one that the feed finds would be read as sales -#}
    {%- set path = feed_path(source("raw", "sales")) -%}
    {%- set patterns = [any_day(path)] if path else [] -%}
    {%- for text in modules.re.findall("'((?:[^']|'')+)'", source("raw", "sales").external or "") if not path -%}
        {#- Of a query what looks like a file -#}
        {%- if modules.re.search("[.](csv|tsv|parquet|json)([.](gz|zst))?$|[*]", text | lower) and "/" in text | replace("\\", "/") -%}
            {%- do patterns.append(absolute_path(text | replace("''", "'"))) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set local = [] -%}
    {%- for pattern in patterns if "://" not in pattern -%} {%- do local.append(pattern) -%} {%- endfor -%}
    {%- set window = run_window() -%}
    {%- set files = feed_files(path, [window] if window else none) if path else "(" ~ (globs(local) or "select null as file where false") ~ ")" -%}
    {%- set query -%}
        select overlap(
            (select list(distinct file) from {{ files }}),
            {{ sql_list(patterns) }}::varchar[],
            {{ sql_text(absolute_path(export_path(""))) }},
            {{ sql_list(export_names()) }},
            date '{{ day_var("start_date") }}',
            date '{{ [newest_complete_day(), window.end if window else newest_complete_day()] | max }}',
            {{ sql_text(target.path) }}
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

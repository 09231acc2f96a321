{% macro days_of_source() %}
    {%- set ranges = scan_ranges() -%}
    select
        date as partition_date,
        count(*) as source_rows,
        sum({{ fingerprint() }}) as source_fingerprint,
        {{ source_files() }} as source_files,
        now() as scanned_at,
        {{ reading() }} as scanned_by,
    from ({{ judged_sales(feed(source("raw", "sales"), ranges), wanted=is_scanned("date", ranges)) }})
    {{ join_source_files("date") }}
    group by date
{% endmacro %}


{% macro source_files() %}
    {{- "any_value(files)" if path_of_day() and scan_is_due() else "null::varchar" -}}
{% endmacro %}


{% macro join_source_files(day) %}
    {%- if path_of_day() and scan_is_due() -%}
        left join ({{ files_by_day(path_of_day()) }}) as files on {{ day }} = files.partition_date
    {%- endif -%}
{% endmacro %}

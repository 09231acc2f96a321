{% macro days_of_source() %}
    {%- set ranges = scan_ranges() -%}
    with

        days as (
            select date as partition_date, count(*) as source_rows, sum({{ fingerprint() }}) as source_fingerprint,
            from ({{ judged_sales(feed(source("raw", "sales"), ranges), wanted=is_scanned("date", ranges)) }})
            group by date
        )

    select
        days.partition_date,
        days.source_rows,
        days.source_fingerprint,
        {{ source_files() }} as source_files,
        now() as scanned_at,
        {{ reading() }} as scanned_by,
    from days
    {{ join_source_files() }}
{% endmacro %}


{% macro source_files() %}
    {{- "files.files" if path_of_day() and scan_is_due() else "null::varchar" -}}
{% endmacro %}


{% macro join_source_files() %}
    {%- if path_of_day() and scan_is_due() -%}
        left join ({{ files_by_day(path_of_day()) }}) as files on days.partition_date = files.partition_date
    {%- endif -%}
{% endmacro %}

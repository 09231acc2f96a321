{% macro days_of_source() %}
    {%- set path = path_of_day() if scan_is_due() -%}
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
        {{ "files.size" if path else "null::bigint" }} as source_size,
        {{ "files.modified_at" if path else "null::timestamptz" }} as source_modified_at,
        now() as scanned_at,
        version() as scanned_by,
    from days
    {% if path %} left join ({{ files_by_day(path) }}) as files using (partition_date) {% endif %}
{% endmacro %}

{% macro days_of_source() %}
    {%- set path = path_of_day() if scan_is_due() -%}
    {%- set ranges = scan_ranges() -%}
    with

        source as (
            select
                date as raw_date, nullif(product, '') as product, quantity as raw_quantity, price as raw_price,
                {{ day_of("date") }} as partition_date,
            from {{ feed(source("raw", "sales"), ranges) }}
        ),

        days as (
            select partition_date, count(*) as source_rows, sum({{ fingerprint() }}) as source_fingerprint,
            from source
            where {{ is_scanned("partition_date", ranges) }}
            group by partition_date
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

{{ config(materialized="daily_table", meta={"replaces": "scanned"}) }}

{% set ranges = scan_ranges() %}
with

    days as (
        select
            {{ day_column() }} as partition_date,
            count(*) as source_rows,
            sum({{ fingerprint() }}) as source_fingerprint,
        from ({{ judged_rows(ranges, wanted=is_scanned(day_column(), ranges)) }})
        group by all
    )

select
    days.partition_date,
    days.source_rows,
    cast(days.source_fingerprint as decimal(38, 0)) as source_fingerprint,
    {{ source_files() }} as source_files,
    now() as scanned_at,
    {{ reading() }} as scanned_by,
from days {{ join_source_files() }}

{{ config(materialized="table") }}

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
    cast(days.source_fingerprint as hugeint) as source_fingerprint,
    {{ source_files() }} as source_files,
    now() as scanned_at,
    {{ reading() }} as scanned_by,
from days {{ join_source_files() }}
-- what was not read now is as it was
union all
select partition_date, source_rows, source_fingerprint, source_files, scanned_at, scanned_by,
from {{ earlier_rows("source_days") }}
where ({{ is_scanned("partition_date", ranges) }}) is not true

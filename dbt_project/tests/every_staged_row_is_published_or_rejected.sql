-- No row of a published day gets lost between staging and the mart. Looked at when the run is over, as all data tests
-- are.
-- depends_on: {{ ref("partition_ledger") }}
{{ config(meta={"dagster": {"ref": {"name": "daily_sales"}}}) }}

with

    passed as (select * from {{ ref("partition_audit") }} where status = 'passed'),

    published as (
        select date as partition_date, count(*) as row_count
        from {{ ref("daily_sales") }}
        where {{ in_plan("date", status="passed") }}
        group by date
    ),

    rejected as (
        select date as partition_date, count(*) as row_count
        from {{ ref("rejected_sales") }}
        where {{ in_plan("date", status="passed") }}
        group by date
    )

select
    passed.partition_date,
    passed.source_rows,
    published.row_count as published_rows,
    rejected.row_count as rejected_rows,
from passed
left join published using (partition_date)
left join rejected using (partition_date)
where passed.source_rows != coalesce(published.row_count, 0) + coalesce(rejected.row_count, 0)

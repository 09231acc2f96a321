-- depends_on: {{ ref("daily_sales_csv") }}
-- depends_on: {{ ref("daily_sales_summary_csv") }}
-- Last of all, so that what it says has happened.
{{ config(materialized="incremental", incremental_strategy="append", full_refresh=false) }}

with

    audit as (select * from {{ ref("partition_audit") }} where run_id = {{ planning_run(ref("partition_audit")) }}),

    published as (
        select date as partition_date, count(*) as row_count, sum(amount) as total_amount,
        from {{ ref("daily_sales") }}
        where {{ in_plan("date") }}
        group by date
    )

select
    audit.run_id,
    audit.partition_date,
    if(audit.status = 'passed', 'materialized', 'failed') as status,
    audit.reason,
    audit.source_rows,
    coalesce(published.row_count, 0) as row_count,
    audit.rejected_count,
    cast(coalesce(published.total_amount, 0) as {{ recorded_amount_type() }}) as total_amount,
    audit.previous_row_count,
    audit.previous_total_amount,
    if(
        audit.status = 'passed', {{ sql_text(export_path("")) }} || strftime(partition_date, '%Y/%m/%d/sales.csv'), null
    ) as output_path,
    if(
        audit.status = 'passed',
        {{ sql_text(export_path("")) }} || strftime(partition_date, '%Y/%m/%d/sales_summary.csv'),
        null
    ) as summary_output_path,
    audit.planned_at as started_at,
    now() as finished_at,
from audit
left join published using (partition_date)

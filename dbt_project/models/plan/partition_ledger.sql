-- depends_on: {{ ref("daily_sales_csv") }}
-- depends_on: {{ ref("daily_sales_summary_csv") }}
-- Last of all, so that what it says has happened.
{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        full_refresh=false,
        on_schema_change="append_new_columns",
    )
}}

with

    plan as (select * from {{ ref("partition_plan") }} where run_id = {{ planning_run(ref("partition_plan")) }}),

    audit as (select * from {{ ref("partition_audit") }} where run_id = {{ planning_run(ref("partition_audit")) }}),

    -- of a day whose files alone were written, the source is what it was when its rows were made
    published_before as ({{ last_publications(this if is_incremental() else none) }}),

    {% set days = plan_ranges() + export_ranges() %}

    published as ({{ published_days(days) }}),

    hashes as ({{ rows_hashes(days) }}),

    -- of a long range the whole folder is listed, and a day that failed keeps the file of an earlier run
    files as (
        select *
        from ({{ exported_file_facts(files_of(export_ranges())) }})
        where {{ in_ranges("partition_date", export_ranges()) }}
    ),

    sales_files as (select * from files where file_name = 'sales.csv'),

    summary_files as (select * from files where file_name = 'sales_summary.csv')

select
    plan.run_id,
    plan.run_number,
    plan.partition_date,
    plan.action,
    if(audit.status = 'failed', 'failed', 'materialized') as status,
    audit.reason,
    coalesce(audit.source_rows, published_before.source_rows, 0) as source_rows,
    coalesce(audit.source_fingerprint, published_before.source_fingerprint, 0) as source_fingerprint,
    coalesce(published.row_count, 0) as row_count,
    coalesce(audit.rejected_count, published_before.rejected_count, 0) as rejected_count,
    cast(coalesce(published.total_amount, 0) as {{ recorded_amount_type() }}) as total_amount,
    {{ as_recorded("hashes.rows_hash") }} as rows_hash,
    {{ sql_text(day_settings() | join("; ")) }} as settings,
    plan.previous_row_count,
    plan.previous_total_amount,
    if(
        sales_files.size is null,
        null,
        {{ sql_text(export_path("")) }} || strftime(partition_date, '%Y/%m/%d/sales.csv')
    ) as output_path,
    sales_files.size as output_size,
    sales_files.hash as output_hash,
    sales_files.changed_at as output_changed_at,
    if(
        summary_files.size is null,
        null,
        {{ sql_text(export_path("")) }} || strftime(partition_date, '%Y/%m/%d/sales_summary.csv')
    ) as summary_output_path,
    summary_files.size as summary_output_size,
    summary_files.hash as summary_output_hash,
    summary_files.changed_at as summary_output_changed_at,
    plan.planned_at as started_at,
    now() as finished_at,
from plan
left join audit using (partition_date)
left join published_before using (partition_date)
left join published using (partition_date)
left join hashes using (partition_date)
left join sales_files using (partition_date)
left join summary_files using (partition_date)

{{ config(materialized="table") }}

with

    plan as (
        select *
        from {{ ref("partition_plan") }}
        where run_id = {{ planning_run(ref("partition_plan")) }} and action = 'run'
    ),

    staged as (
        select
            {{ day_column() }} as partition_date,
            count(*) as source_rows,
            count(rejected_reason) as rejected_count,
            sum({{ fingerprint() }}) as source_fingerprint,
        from {{ ref(project_name, pipeline("staged")) }}
        group by all
    )

-- a planned day without rows in the feed is here too
select
    plan.*,
    coalesce(staged.source_rows, 0) as source_rows,
    cast(coalesce(staged.source_fingerprint, 0) as decimal(38, 0)) as source_fingerprint,
    coalesce(staged.rejected_count, 0) as rejected_count,
    coalesce(staged.source_rows - staged.rejected_count, 0) as row_count,
from plan
left join staged using (partition_date)

{{ config(materialized="view") }}

with

    publications as (
        select
            *,
            lag(row_count) over by_day as row_count_before,
            lag(total_amount) over by_day as total_amount_before,
            lag(output_hash) over by_day as output_hash_before,
            lag(run_id) over by_day as run_id_before,
        from {{ ref("partition_ledger") }}
        where status = 'materialized' and action = 'run'
        window by_day as (partition by partition_date order by run_number)
    )

select
    publications.partition_date,
    publications.finished_at as restated_at,
    publications.run_id,
    plan.reason,
    publications.row_count_before,
    publications.row_count,
    publications.total_amount_before,
    publications.total_amount,
    publications.total_amount - publications.total_amount_before as total_amount_difference,
from publications
left join {{ ref("partition_plan") }} as plan using (run_id, partition_date)
where
    publications.run_id_before is not null
    and (
        publications.row_count != publications.row_count_before
        or publications.total_amount != publications.total_amount_before
        or publications.output_hash != publications.output_hash_before
    )

{{ config(materialized="view") }}

with

    publications as (
        select
            *,
            lag(run_id) over by_day as run_id_before,
            lag(row_count) over by_day as row_count_before,
            {% for name in figures() %} lag({{ name }}) over by_day as {{ name }}_before, {% endfor %}
        from {{ ref("partition_ledger") }}
        where status = 'materialized' and action = 'run'
        window by_day as (partition by partition_date order by run_number)
    ),

    -- a file that is new is no restatement
    rewritten as (
        select distinct run_id, partition_date,
        from {{ ref("partition_outputs") }}
        where hash is not null
        qualify hash != lag(hash) over (partition by partition_date, model order by run_number)
    )

select
    publications.partition_date,
    publications.finished_at as restated_at,
    publications.run_id,
    plan.reason,
    publications.row_count_before,
    publications.row_count,
    {% for name in figures() %}
        publications.{{ name }}_before,
        publications.{{ name }},
        publications.{{ name }} - publications.{{ name }}_before as {{ name }}_difference,
    {% endfor %}
from publications
left join {{ ref("partition_plan") }} as plan using (run_id, partition_date)
left join rewritten using (run_id, partition_date)
where
    publications.run_id_before is not null
    and (
        publications.row_count != publications.row_count_before
        {% for name in figures() %} or publications.{{ name }} != publications.{{ name }}_before {% endfor %}
        or rewritten.run_id is not null
    )

-- depends_on: {{ ref("partition_audit") }}
{% for name in pipeline("marts") + pipeline("exports") %}
-- depends_on: {{ ref(project_name, name) }}
{% endfor %}
{{ config(materialized="daily_table", meta={"replaces": "nothing"}) }}

{% set written = export_ranges() %}
with

    days as (
        select run_id, run_number, partition_date, action,
        from {{ ref("partition_plan") }}
        where run_id = {{ planning_run(ref("partition_plan")) }}
    ),

    -- what is made again as it was is made by what made it then
    marts as (
        select contents.* replace (coalesce(version.made_by, contents.made_by) as made_by)
        from ({{ mart_contents(passed_ranges()) }}) as contents
        left join ({{ version_outputs() }}) as version using (partition_date, model)
    ),

    files as ({{ file_facts(export_places(written)) }})

select
    days.run_id,
    days.run_number,
    partition_date,
    outputs.model,
    outputs.row_count,
    outputs.rows_hash,
    outputs.path,
    outputs.size,
    outputs.hash,
    outputs.modified_at,
    outputs.made_by,
from days
join
    (
        select
            partition_date,
            model,
            row_count,
            rows_hash,
            null as path,
            null as size,
            null as hash,
            null as modified_at,
            made_by,
        from marts
        union all
        -- a file that could not be written has a row too, without a path
        select
            partition_date,
            model,
            null,
            null,
            if(size is null, null, path),
            size,
            hash,
            if(size is null, null, changed_at),
            made_by,
        from files
    ) as outputs using (partition_date)

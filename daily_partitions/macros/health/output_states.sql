{% macro output_states(ranges) %}
    {#- Each day with the names of its marts and files that are not what was published. The rows that this run has just written and recorded
        are not looked at once more -#}
    {%- set places = daily_partitions.export_places(ranges) -%}
    {%- set files -%}
        select places.*, regexp_extract(places.path, '[^/]+$') as file_name, recorded.size as size_then, recorded.hash as hash_then,
            recorded.modified_at, recorded.made_by as made_by_then
        from ({{ daily_partitions.file_facts(places, hash=false) }}) as places
        left join ({{ daily_partitions.last_outputs() }}) as recorded using (partition_date, model)
    {%- endset -%}
    {#- The same bytes are the same whenever they were written: only what has another time than when it was exported is read -#}
    {%- set rewritten = "select * from (" ~ files ~ ") where size = size_then and changed_at is distinct from modified_at" -%}
    {%- set of_run = " where run_id = '" ~ invocation_id ~ "'" -%}
    {%- set just_published = "partition_date in (select partition_date from " ~ daily_partitions.earlier_rows("partition_outputs") ~ of_run ~ ") and partition_date"
        ~ " not in (select partition_date from " ~ daily_partitions.earlier_rows("partition_plan") ~ of_run ~ " and action = 'export')" -%}
    with

        last_outputs as ({{ daily_partitions.last_outputs() }}),

        marts as (
            select
                partition_date,
                string_agg(format('{} has {} rows', model, contents.row_count), ' and ' order by model) filter (where contents.row_count > 0) as marts_with_rows,
                string_agg(model, ' and ' order by model) filter (where recorded.rows_hash is null) as new_marts,
                string_agg(format('{} had {} rows, {} now', model, recorded.row_count, contents.row_count), ' and ' order by model) filter (
                    where {{ daily_partitions.has_other_rows("contents.*", "recorded.*") }}
                ) as changed_marts,
                string_agg(model, ' and ' order by model) filter (where recorded.made_by != contents.made_by) as outdated_marts,
            from ({{ daily_partitions.mart_contents(ranges, leave_out=just_published) }}) as contents
            left join last_outputs as recorded using (partition_date, model)
            group by partition_date
        ),

        files as (
            select
                files.partition_date,
                string_agg(file_name, ' and ' order by file_name) filter (where size_then is null or files.size is null) as missing_files,
                string_agg(file_name, ' and ' order by file_name) filter (where files.size != size_then or contents.hash != hash_then) as changed_files,
                string_agg(file_name, ' and ' order by file_name) filter (where made_by_then != files.made_by) as outdated_files,
            from ({{ files }}) as files
            left join ({{ daily_partitions.file_facts("select partition_date, model, path, filename, made_by from (" ~ rewritten ~ ")") }}) as contents
                using (partition_date, model)
            group by files.partition_date
        )

    select *
    from ({{ daily_partitions.days_in(ranges) }})
    left join marts using (partition_date)
    left join files using (partition_date)
{% endmacro %}


{% macro last_outputs() %}
    select *
    from {{ daily_partitions.earlier_rows("partition_outputs") }}
    qualify row_number() over (partition by partition_date, model order by run_number desc) = 1
{% endmacro %}

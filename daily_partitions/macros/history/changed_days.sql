{% macro changed_days(plan, ledger, outputs) %}
    {#- Each run and day after which what is published is another than before: rows, or the bytes of files -#}
    with

        changed as ({{ daily_partitions.changed_outputs(ledger, outputs) }}),

        publications as (
            select
                *,
                -- whose rows these are; a run that only wrote files again is none
                last_value(if(action != 'export', run_number, null) ignore nulls) over (
                    partition by partition_date order by run_number rows between unbounded preceding and 1 preceding
                ) as run_number_then,
                lag(row_count) over by_day as row_count_then,
                {%- for name in daily_partitions.figures() %}
                lag({{ name }}) over by_day as {{ name }}_then,
                {%- endfor %}
            from {{ ledger }}
            where status = 'materialized' and action != 'release'
            window by_day as (partition by partition_date order by run_number)
        )

    select
        publications.partition_date,
        publications.finished_at as changed_at,
        publications.run_id,
        publications.run_number,
        publications.run_number_then as run_number_before,
        case
            when publications.run_number_then is null then 'published'
            when publications.action = 'restore' then 'restored'
            when publications.action = 'run' and is_restated then 'restated'
            else 'rewritten'
        end as change,
        plan.reason,
        publications.row_count_then as row_count_before,
        publications.row_count,
        {%- for name in daily_partitions.figures() %}
        publications.{{ name }}_then as {{ name }}_before,
        publications.{{ name }},
        publications.{{ name }} - publications.{{ name }}_then as {{ name }}_difference,
        {%- endfor %}
        coalesce(changed.files, []) as files,
    from publications
    join changed using (run_id, partition_date)
    left join {{ plan }} as plan using (run_id, partition_date)
    where publications.run_number_then is null or changed.is_restated or changed.files is not null
{% endmacro %}


{% macro changed_outputs(ledger, outputs) %}
    {#- By run and day, whether the rows of a mart are others than in the version before, and which files have other bytes -#}
    with

        versions as (
            select
                *,
                lag(row_count) over by_day as row_count_then,
                lag(rows_hash) over by_day as rows_hash_then,
                lag(hash) over by_day as hash_then,
                lag(made_by) over by_day as made_by_then,
            from {{ outputs }}
            -- what a run left that died before its end is told of the run that ends what it began
            where (run_id, partition_date) in (select run_id, partition_date from {{ ledger }})
            window by_day as (partition by partition_date, model order by run_number)
        )

    select
        run_id,
        partition_date,
        bool_or(
            {{ daily_partitions.has_other_rows("*", "*_then") }}
            -- the hash of rows by another version of DuckDB says nothing
            or (hash != hash_then and made_by = made_by_then)
        ) as is_restated,
        list(struct_pack(path, hash_before := hash_then, hash) order by path) filter (where hash is distinct from hash_then) as files,
    from versions
    group by run_id, partition_date
{% endmacro %}

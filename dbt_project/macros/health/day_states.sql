{% macro day_states(days, source_days) %}
    {%- if not execute -%}
        {{ return("select null as partition_date") }}
    {%- endif -%}
    {%- set plan = earlier("partition_plan") -%}
    {%- set ledger = earlier("partition_ledger") -%}
    {%- set files = files_of(days) -%}
    with

        published as ({{ last_publications(ledger) }}),

        attempts as (
            {%- if plan %}
            select
                plan.partition_date,
                plan.run_id,
                plan.planned_at,
                ledger.status,
                ledger.reason,
                ledger.source_rows,
                ledger.source_fingerprint,
                ledger.finished_at,
            from {{ plan }} as plan
            left join ({{ ledger_rows(ledger) }}) as ledger using (run_id, partition_date)
            where plan.action = 'run'
            qualify row_number() over (partition by plan.partition_date order by plan.run_number desc) = 1
            {%- else %}
            select
                null::date as partition_date, null::varchar as run_id, null::timestamptz as planned_at, null::varchar as status,
                null::varchar as reason, null::bigint as source_rows, null::hugeint as source_fingerprint,
                null::timestamptz as finished_at
            where false
            {%- endif %}
        ),

        rows_now as (
            select partition_date, row_count, cast(total_amount as {{ recorded_amount_type() }}) as total_amount,
            from ({{ published_days(days) }})
        ),

        {#- What this run has just written and recorded is not looked at once more #}
        {%- set just_published = "date in (select partition_date from " ~ ledger ~ " where status = 'materialized' and run_id = '" ~ invocation_id ~ "')" if ledger %}

        hashes_now as ({{ rows_hashes(days, leave_out=just_published or "false") }}),

        files_now as ({{ exported_file_facts(files, hash=false) }}),

        contents as ({{ exported_file_facts(rewritten_files(files, ledger)) }}),

        calendar as (
            select cast(day as date) as partition_date
            from
                generate_series(
                    date '{{ (days | first).start }}',
                    least(
                        date '{{ (days | last).end }}',
                        coalesce(
                            greatest(
                                (select max(partition_date) from {{ source_days }}),
                                (select max(partition_date) from attempts),
                                {{ expected_day() }}
                            ),
                            -- neither the feed nor a run has come to any day, and none is owed
                            date '{{ (days | first).start }}' - interval 1 day
                        )
                    ),
                    interval 1 day
                ) as calendar(day)
            where {{ in_ranges("day", days) }}
        ),

        compared as (
            select
                calendar.partition_date,
                attempts.run_id,
                attempts.status as attempt,
                attempts.reason as attempt_reason,
                attempts.planned_at,
                attempts.finished_at as attempted_at,
                published.finished_at as published_at,
                published.row_count,
                published.total_amount,
                published.source_rows as used_rows,
                if(attempts.run_id = '{{ invocation_id }}', attempts.source_rows, coalesce(source.source_rows, 0)) as source_rows,
                if(
                    attempts.run_id = '{{ invocation_id }}', attempts.source_fingerprint, coalesce(source.source_fingerprint, 0)
                ) as source_fingerprint,
                attempts.source_fingerprint as attempt_fingerprint,
                published.source_fingerprint as used_fingerprint,
                list_filter(
                    string_split(published.settings, '; '), lambda setting: not list_contains({{ sql_list(day_settings()) }}, setting)
                ) as other_settings,
                coalesce(rows_now.row_count, 0) as rows_now,
                -- the hash of another version of DuckDB says nothing
                published.run_id != '{{ invocation_id }}'
                and starts_with(published.rows_hash, version() || ' ')
                and published.rows_hash != {{ as_recorded("hashes_now.rows_hash") }} as is_rewritten,
                coalesce(rows_now.total_amount, 0) as amount_now,
                concat_ws(
                    ' and ',
                    if(published_at is not null and (sales.filename is null or output_size is null), 'sales.csv', null),
                    if(published_at is not null and (summary.filename is null or summary_output_size is null), 'sales_summary.csv', null)
                ) as missing_files,
                concat_ws(
                    ' and ',
                    if(sales.size != output_size or sales_content.hash != output_hash, 'sales.csv', null),
                    if(summary.size != summary_output_size or summary_content.hash != summary_output_hash, 'sales_summary.csv', null)
                ) as changed_files,
            from calendar
            left join attempts using (partition_date)
            left join published using (partition_date)
            left join {{ source_days }} as source using (partition_date)
            left join rows_now using (partition_date)
            left join hashes_now using (partition_date)
            left join files_now as sales on calendar.partition_date = sales.partition_date and sales.file_name = 'sales.csv'
            left join
                files_now as summary
                on calendar.partition_date = summary.partition_date
                and summary.file_name = 'sales_summary.csv'
            left join contents as sales_content on sales.filename = sales_content.filename
            left join contents as summary_content on summary.filename = summary_content.filename
        ),

        judged as (
            select
                *,
                -- to run it would make of a day that did not come an empty one
                run_id is null and partition_date > coalesce((select max(partition_date) from {{ source_days }}), date '0001-01-01') as is_owed,
                len(list_filter(other_settings, lambda setting: starts_with(setting, 'escape_formulas'))) > 0 as is_written_otherwise,
                case
                    when run_id is null then 'missing'
                    when attempt is null or attempt = 'failed' then 'failed'
                    when source_fingerprint != used_fingerprint or source_rows != used_rows then 'stale'
                    when rows_now != row_count or amount_now != total_amount or is_rewritten then 'stale'
                    when missing_files != '' then 'export_missing'
                    when changed_files != '' or is_written_otherwise then 'export_changed'
                    when row_count = 0 then 'empty'
                    else 'materialized'
                end as status,
            from compared
        )

    select
        partition_date,
        status,
        case
            when is_owed then 'the feed has no row of this day, nor of a later one'
            when status = 'missing' then if(source_rows > 0, format('never run; the feed has {} row{}', source_rows, if(source_rows = 1, '', 's')), 'never run')
            when attempt is null and status = 'failed' then 'its run died'
            when status = 'failed'
            then
                concat_ws(
                    '; ',
                    attempt_reason,
                    if(source_fingerprint != attempt_fingerprint, 'the feed has changed since', null),
                    if(missing_files != '', missing_files || ' as published before is not there', null),
                    if(changed_files != '', changed_files || ' was changed by something else', null)
                )
            when source_fingerprint != used_fingerprint or source_rows != used_rows
            then
                concat_ws(
                    '; ',
                    if(
                        source_rows = used_rows,
                        format('the feed has changed since: {} row{} as before, with other content', source_rows, if(source_rows = 1, '', 's')),
                        format('the feed has changed since: {} rows then, {} now', used_rows, source_rows)
                    ),
                    'or reads otherwise: made with ' || nullif(array_to_string(other_settings, ', '), '')
                )
            when status = 'stale'
            then format('the rows in the marts were changed by something else: {} sales published, {} now', row_count, rows_now)
            when status = 'export_missing' then missing_files || ' is not there'
            when status = 'export_changed'
            then
                concat_ws(
                    '; ',
                    nullif(changed_files, '') || ' was changed by something else',
                    if(is_written_otherwise, 'written with ' || array_to_string(other_settings, ', '), null)
                )
        end as reason,
        case
            when attempt = 'failed' and source_fingerprint = attempt_fingerprint
            then if(missing_files != '' or changed_files != '', 'export', null)
            when is_owed then null
            when status in ('missing', 'stale', 'failed') then 'run'
            when status in ('export_missing', 'export_changed') then 'export'
        end as action,
        row_count,
        total_amount,
        source_rows,
        run_id,
        case
            when status in ('materialized', 'empty') then published_at
            when status = 'failed' then coalesce(attempted_at, planned_at)
            else now()
        end as since,
    from judged
{% endmacro %}


{% macro rewritten_files(files, ledger) %}
    {#- Only what has another time than when it was exported is read: the same bytes are the same whenever they were written -#}
    {%- if not files or not ledger -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        select filename
        from ({{ exported_file_facts(files, hash=false) }}) as files
        join ({{ last_publications(ledger) }}) as published using (partition_date)
        where
            files.changed_at is distinct from
            if(file_name = 'sales.csv', published.output_changed_at, published.summary_output_changed_at)
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{% endmacro %}

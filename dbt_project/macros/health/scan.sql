{% macro scan_is_due() %}
    {#- A run of given days knows what it is about: only who looks for days that are wrong reads the whole feed -#}
    {{ return(execute and flags.WHICH in ["run", "build", "run-operation"] and not run_window()) }}
{% endmacro %}


{% macro scan_ranges() %}
    {%- if not scan_is_due() -%}
        {{ return([]) }}
    {%- elif flags.FULL_REFRESH -%}
        {{ return(none) }}
    {%- elif health_window().end < health_window().start -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set path = path_of_day() -%}
    {%- if path and flags.WHICH != "run-operation" and earlier("source_days") -%}
        {{ return(contiguous_ranges(moved_files(path), "true")) }}
    {%- endif -%}
    {{ return(none if var("lookback_days") == "all" else [health_window()]) }}
{% endmacro %}


{% macro is_scanned(column, ranges) %}
    {%- if not scan_is_due() -%}
        false
    {%- elif flags.FULL_REFRESH -%}
        {{ column }} >= date '{{ day_var("start_date") }}'
    {%- else -%}
        {{ in_ranges(column, [health_window()], computed=true) }} and {{ in_ranges(column, ranges, computed=true) if ranges is not none else "true" }}
    {%- endif -%}
{% endmacro %}


{% macro path_of_day() %}
    {%- set path = feed_path(source("raw", "sales")) -%}
    {{ return(path if path and any_day(path) != path else none) }}
{% endmacro %}


{% macro files_by_day(path) %}
    {%- set files = existing_files(file_or_folder(any_day(path))) -%}
    {%- if not files -%}
        select null::date as partition_date, null::bigint as size, null::timestamptz as modified_at where false
    {%- else -%}
        {%- set window = health_window() %}
        select cast(day as date) as partition_date, cast(sum(size) as bigint) as size, max(last_modified) as modified_at
        from generate_series(date '{{ window.start }}', date '{{ window.end }}', interval 1 day) as calendar(day)
        join read_blob({{ sql_list(files) }}) as files on {{ is_file_of("files.filename", "day", path) }}
        group by day
    {%- endif -%}
{% endmacro %}


{% macro moved_files(path) %}
    {#- What this run has read already counts as moved: the same is asked again when the malformed lines are counted -#}
    {{ return(
        "(select coalesce(files.partition_date, before.partition_date) as partition_date"
        ~ " from (" ~ files_by_day(path) ~ ") as files full join (select * from " ~ earlier("source_days") ~ " where scanned_at < timestamptz '"
        ~ run_started_at ~ "') as before on files.partition_date = before.partition_date where files.size is distinct from before.source_size"
        ~ " or files.modified_at is distinct from before.source_modified_at or before.scanned_by is distinct from version())"
    ) }}
{% endmacro %}


{% macro get_incremental_replace_scanned_days_sql(arg_dict) %}
    {{ return(replace_days(arg_dict, is_scanned("partition_date", scan_ranges()))) }}
{% endmacro %}


{% macro count_malformed_lines(source_days) %}
    {%- set ranges = scan_ranges() -%}
    {%- set malformed = malformed_lines(ranges) if scan_is_due() -%}
    {%- if malformed %}
        {{ refuse_open_quotes() }}

        merge into {{ source_days }} as days
        using (
            select date as partition_date, count(*) as source_rows, sum(hash(line)) as source_fingerprint
            from ({{ malformed }})
            where {{ is_scanned("date", ranges) }}
            group by date
        ) as malformed
        on days.partition_date = malformed.partition_date
        when matched then update set
            source_rows = days.source_rows + malformed.source_rows,
            source_fingerprint = days.source_fingerprint + malformed.source_fingerprint
        when not matched then insert
            values (malformed.partition_date, malformed.source_rows, malformed.source_fingerprint, null, null, now(), version());

        {{ forget_malformed_lines() }}
    {%- endif -%}
{% endmacro %}

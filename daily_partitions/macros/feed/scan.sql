{% macro scan_is_due() %}
    {#- A run of given days knows what it is about: only who looks for days that are wrong reads the whole feed -#}
    {{ return(execute and flags.WHICH in ["run", "build"] and not daily_partitions.run_window()) }}
{% endmacro %}


{% macro scan_ranges() %}
    {%- if not daily_partitions.scan_is_due() -%}
        {{ return([]) }}
    {%- elif flags.FULL_REFRESH -%}
        {{ return(none) }}
    {%- elif daily_partitions.health_window().end < daily_partitions.health_window().start -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set path = daily_partitions.path_of_day() -%}
    {%- if path and daily_partitions.earlier("source_days") -%}
        {{ return(daily_partitions.contiguous_ranges(daily_partitions.moved_files(path), "true")) }}
    {%- endif -%}
    {{ return(none if daily_partitions.setting("lookback_days") == "all" else [daily_partitions.health_window()]) }}
{% endmacro %}


{% macro is_scanned(column, ranges) %}
    {%- if not daily_partitions.scan_is_due() -%}
        false
    {%- elif flags.FULL_REFRESH -%}
        {{ column }} >= date '{{ daily_partitions.day_var("start_date") }}'
    {%- else -%}
        {{ daily_partitions.in_ranges(column, [daily_partitions.health_window()], computed=true) }} and {{ daily_partitions.in_ranges(column, ranges, computed=true) if ranges is not none else "true" }}
    {%- endif -%}
{% endmacro %}


{% macro path_of_day() %}
    {%- set path = daily_partitions.feed_path() -%}
    {{ return(path if path and daily_partitions.any_day(path) != path else none) }}
{% endmacro %}


{% macro files_by_day(path) %}
    {#- The facts of each file, as text to be compared: a sum and the latest time of a folder's files would hide that one moved -#}
    select
        partition_date,
        to_json(list(struct_pack(file, size, modified_ns, changed_ns, inode) order by file))::varchar as files,
        make_timestamp_ns(max(greatest(modified_ns, changed_ns))) as written_at,
    from {{ daily_partitions.feed_files(path) }}
    where {{ daily_partitions.in_ranges("partition_date", [daily_partitions.health_window()]) }}
    group by partition_date
{% endmacro %}


{% macro moved_files(path) %}
    {#- A file written in the seconds before it was read may have been written once more without its time showing it. What this run has
        read already counts as moved: the same is asked again when the malformed lines are counted -#}
    (
        select coalesce(files.partition_date, before.partition_date) as partition_date
        from ({{ daily_partitions.files_by_day(path) }}) as files
        full join (
            select * from {{ daily_partitions.earlier("source_days") }} where scanned_at < timestamptz '{{ run_started_at }}'
        ) as before on files.partition_date = before.partition_date
        where
            before.source_files is null
            or files.files is distinct from before.source_files
            or before.scanned_by is distinct from {{ daily_partitions.reading() }}
            or files.written_at > before.scanned_at::timestamp - interval 2 seconds
    )
{% endmacro %}


{% macro reading() %}
    {#- Of another version of DuckDB the fingerprints differ -#}
    {%- set conditions = daily_partitions.declared_columns() | map(attribute="is_required") | list ~ (daily_partitions.feed_meta("rejected_when") or {}) -%}
    {%- set settings = daily_partitions.reading_settings() + ["conditions " ~ local_md5(conditions | string)] -%}
    {{- "concat_ws(', ', version(), " ~ daily_partitions.sql_text(settings | join(", ")) ~ ")" -}}
{% endmacro %}


{% macro count_malformed_lines(source_days) %}
    {%- set ranges = daily_partitions.scan_ranges() -%}
    {%- set malformed = daily_partitions.malformed_lines(ranges) if daily_partitions.scan_is_due() -%}
    {%- if malformed %}
        {{ daily_partitions.refuse_open_quotes() }}

        merge into {{ source_days }} as days
        using (
            select days.*, {{ daily_partitions.source_files() }} as source_files
            from (
                select {{ daily_partitions.day_column() }} as partition_date, count(*) as source_rows, sum(hash(line)) as source_fingerprint
                from ({{ malformed }})
                where {{ daily_partitions.is_scanned(daily_partitions.day_column(), ranges) }}
                group by all
            ) as days
            {{ daily_partitions.join_source_files() }}
        ) as malformed
        on days.partition_date = malformed.partition_date
        when matched then update set
            source_rows = days.source_rows + malformed.source_rows,
            source_fingerprint = days.source_fingerprint + malformed.source_fingerprint
        when not matched then insert
            values (malformed.partition_date, malformed.source_rows, malformed.source_fingerprint, malformed.source_files, now(), {{ daily_partitions.reading() }});

        {{ daily_partitions.forget_malformed_lines() }}
    {%- endif -%}
{% endmacro %}


{% macro source_files() %}
    {{- "files.files" if daily_partitions.path_of_day() and daily_partitions.scan_is_due() else "null::varchar" -}}
{% endmacro %}


{% macro join_source_files() %}
    {%- if daily_partitions.path_of_day() and daily_partitions.scan_is_due() -%}
        left join ({{ daily_partitions.files_by_day(daily_partitions.path_of_day()) }}) as files on days.partition_date = files.partition_date
    {%- endif -%}
{% endmacro %}

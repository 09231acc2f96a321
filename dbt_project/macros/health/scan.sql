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
    {#- The facts of each file, as text to be compared: a sum and the latest time of a folder's files would hide that one moved -#}
    select
        partition_date,
        to_json(list(struct_pack(file, size, modified_ns, changed_ns, inode) order by file))::varchar as files,
        make_timestamp_ns(max(greatest(modified_ns, changed_ns))) as written_at,
    from {{ feed_files(path) }}
    where {{ in_ranges("partition_date", [health_window()]) }}
    group by partition_date
{% endmacro %}


{% macro moved_files(path) %}
    {#- A file written in the seconds before it was read may have been written once more without its time showing it. What this run has
        read already counts as moved: the same is asked again when the malformed lines are counted -#}
    (
        select coalesce(files.partition_date, before.partition_date) as partition_date
        from ({{ files_by_day(path) }}) as files
        full join (
            select * from {{ earlier("source_days") }} where scanned_at < timestamptz '{{ run_started_at }}'
        ) as before on files.partition_date = before.partition_date
        where
            before.source_files is null
            or files.files is distinct from before.source_files
            or before.scanned_by is distinct from {{ reading() }}
            or files.written_at > before.scanned_at::timestamp - interval 2 seconds
    )
{% endmacro %}


{% macro reading() %}
    {#- With other settings the same file holds other rows, and of another version of DuckDB the fingerprints differ -#}
    {{- "concat_ws(', ', version(), " ~ sql_text(reading_settings() | join(", ")) ~ ")" -}}
{% endmacro %}


{% macro reading_settings() %}
    {%- set settings = [] -%}
    {%- for name in ["timezone", "quantity_type", "price_type"] -%}
        {%- do settings.append(name ~ " " ~ (number_type(name).sql if name.endswith("_type") else var(name))) -%}
    {%- endfor -%}
    {{ return(settings) }}
{% endmacro %}


{% macro day_settings() %}
    {{ return(reading_settings() + ["escape_formulas " ~ var("escape_formulas") | lower]) }}
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
            select days.*, {{ source_files() }} as source_files
            from (
                select date as partition_date, count(*) as source_rows, sum(hash(line)) as source_fingerprint
                from ({{ malformed }})
                where {{ is_scanned("date", ranges) }}
                group by date
            ) as days
            {{ join_source_files() }}
        ) as malformed
        on days.partition_date = malformed.partition_date
        when matched then update set
            source_rows = days.source_rows + malformed.source_rows,
            source_fingerprint = days.source_fingerprint + malformed.source_fingerprint
        when not matched then insert
            values (malformed.partition_date, malformed.source_rows, malformed.source_fingerprint, malformed.source_files, now(), {{ reading() }});

        {{ forget_malformed_lines() }}
    {%- endif -%}
{% endmacro %}

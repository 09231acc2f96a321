{% macro keep_malformed_lines() %}
    {#- What the CSV reader could not split into columns is in its rejects, which only this connection sees -#}
    {%- set day = daily_partitions.day_column() -%}
    {%- set wanted = day ~ " is null or " ~ daily_partitions.in_ranges(day, daily_partitions.planned_ranges(), computed=true) -%}
    {%- set malformed = daily_partitions.malformed_lines(daily_partitions.planned_ranges()) -%}
    {%- if malformed %}
        {{ daily_partitions.refuse_open_quotes() }}

        insert into {{ this }} ({{ day }}, rejected_reason, raw_text)
        select if({{ wanted }}, {{ day }}, null), 'malformed_line', line
        from ({{ malformed }})
        -- a full refresh reads every day: what is of none of the planned ones has no other place
        where {{ "true" if flags.FULL_REFRESH else wanted }};

        {{ daily_partitions.forget_malformed_lines() }}
    {%- endif -%}
{% endmacro %}


{% macro malformed_lines(ranges) %}
    {%- set queries = [] -%}
    {%- for part in daily_partitions.feed_parts(ranges) | selectattr("names", "defined") -%}
        {%- set query %}
            select line, {{ daily_partitions.day_of_row("raw_day") }} as {{ daily_partitions.day_column() }}
            from (
                select line, {{ daily_partitions.day_field(part) }} as raw_day
                from (
                    select distinct scan_id, file_id, line_byte_position, file_path, trim(csv_line, e'\r\n') as line
                    from reject_errors
                    join reject_scans using (scan_id, file_id)
                    where list_contains({{ daily_partitions.sql_list(part.files) }}, file_path)
                )
            )
        {%- endset -%}
        {%- do queries.append(query) -%}
    {%- endfor -%}
    {{ return(queries | join("\nunion all\n")) }}
{% endmacro %}


{% macro refuse_open_quotes() %}
    select error(
        'The feed has a quote that is not closed, in ' || file_path || ' from line ' || line || ' on: the rows behind it'
        || ' cannot be told apart. Close it or take it out, and run the days again'
    )
    from reject_errors
    join reject_scans using (scan_id, file_id)
    where error_type in ('UNQUOTED VALUE', 'LINE SIZE OVER MAXIMUM') and regexp_matches(trim(csv_line, e'\r\n'), '[\r\n]');
{% endmacro %}


{% macro forget_malformed_lines() %}
    drop table if exists reject_errors;
    drop table if exists reject_scans;
{% endmacro %}


{% macro day_field(part) %}
    {%- set delimiter = modules.re.escape(part.delimiter) -%}
    {%- if daily_partitions.day_source() in part.names -%}
        {%- set field = '(?:"((?:[^"]|"")*)"|([^"' ~ delimiter ~ ']*))' -%}
        {%- set before = '^(?:(?:"(?:[^"]|"")*"|[^"' ~ delimiter ~ ']*)' ~ delimiter ~ '){' ~ part.names.index(daily_partitions.day_source()) ~ '}' -%}
        concat(regexp_extract(line, '{{ before ~ field }}', 1), regexp_extract(line, '{{ before ~ field }}', 2))
    {%- else -%}
        regexp_extract(file_path, '/{{ daily_partitions.stored_name(daily_partitions.declared_day(), part) }}=([^/]+)/', 1)
    {%- endif -%}
{% endmacro %}

{% macro keep_malformed_lines() %}
    {#- What the CSV reader could not split into columns is in its rejects, which only this connection sees -#}
    {%- set malformed = malformed_lines(plan_ranges()) -%}
    {%- if malformed %}
        {{ refuse_open_quotes() }}

        insert into {{ this }} (date, rejected_reason, raw_text)
        select if({{ in_plan("date") }}, date, null), 'malformed_line', line
        from ({{ malformed }})
        -- a full refresh reads every day: what is of none of the planned ones has no other place
        where {{ "true" if flags.FULL_REFRESH else "date is null or " ~ in_plan("date") }};

        {{ forget_malformed_lines() }}
    {%- endif -%}
{% endmacro %}


{% macro malformed_lines(ranges) %}
    {%- set queries = [] -%}
    {%- for part in feed_parts(source("raw", "sales"), ranges) | selectattr("names", "defined") -%}
        {%- set query %}
            select line, {{ day_of("raw_date") }} as date
            from (
                select line, {{ date_field(part) }} as raw_date
                from (
                    select distinct scan_id, file_id, line_byte_position, file_path, trim(csv_line, e'\r\n') as line
                    from reject_errors
                    join reject_scans using (scan_id, file_id)
                    where list_contains({{ sql_list(part.files) }}, file_path)
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


{% macro date_field(part) %}
    {%- if "date" in part.names -%}
        {%- set field = '(?:"((?:[^"]|"")*)"|([^"' ~ part.delimiter ~ ']*))' -%}
        {%- set before = '^(?:(?:"(?:[^"]|"")*"|[^"' ~ part.delimiter ~ ']*)' ~ part.delimiter ~ '){' ~ part.names.index("date") ~ '}' -%}
        concat(regexp_extract(line, '{{ before ~ field }}', 1), regexp_extract(line, '{{ before ~ field }}', 2))
    {%- else -%}
        regexp_extract(file_path, '/date=([^/]+)/', 1)
    {%- endif -%}
{% endmacro %}

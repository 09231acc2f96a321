{% macro keep_malformed_lines() %}
    {#- What the CSV reader could not split into columns is in its rejects, which only this connection sees -#}
    {%- set reader = feed_reader(source("raw", "sales"), plan_ranges()) if execute else {} -%}
    {%- if reader.names -%}
        {%- set position = (reader.names.index("date") if "date" in reader.names else reader.names | length) + 1 -%}
        insert into {{ this }} (date, rejected_reason, raw_text)
        with malformed as (
            select distinct file_id, line_byte_position, csv_line
            from reject_errors
            where scan_id = (select max(scan_id) from reject_scans)
        ),

        dated as (
            select {{ day_of("split_part(csv_line, " ~ sql_text(reader.delimiter) ~ ", " ~ position ~ ")") }} as date, csv_line
            from malformed
        )

        select date, 'malformed_line', csv_line
        from dated
        where date is null or {{ in_plan("date") }};

        drop table reject_errors;
        drop table reject_scans;
    {%- endif -%}
{% endmacro %}

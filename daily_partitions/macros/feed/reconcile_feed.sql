{% macro reconcile_feed() %}
    {%- set parts = daily_partitions.feed_parts(daily_partitions.planned_ranges()) -%}
    {%- set counted_parts = [] if parts and daily_partitions.are_lines_alone(parts) else parts | selectattr("reader", "defined") -%}
    {%- for part in counted_parts -%}
        {%- set read = daily_partitions.rows_read(part) -%}
        {%- set counted = daily_partitions.counted_records(read, part.delimiter) -%}
        {%- set unequal = {} -%}
        {%- for file in read if read[file] != counted[file] -%} {%- do unequal.update({file: -1}) -%} {%- endfor -%}
        {%- if unequal -%}
            {#- Of a file that grows, as many are read as it had before or more, and no more than it has afterwards -#}
            {%- set before = daily_partitions.counted_records(unequal, part.delimiter) -%}
            {%- set read = daily_partitions.rows_read(part) -%}
            {%- set after = daily_partitions.counted_records(unequal, part.delimiter) -%}
            {%- for file in unequal if not before[file] <= read[file] <= after[file] -%}
                {%- do exceptions.raise_compiler_error(
                    "The feed does not add up: " ~ file ~ " has " ~ before[file] ~ " rows, and " ~ read[file] ~ " were read or rejected. Nothing"
                    ~ " was published. A line longer than 32 MB cannot be read: shorten it, or give the feed as Parquet"
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{% macro are_lines_alone(parts) %}
    {%- set files = [] -%}
    {%- for part in parts -%}
        {%- do files.extend(part.files if part.reader else ["://"]) -%}
    {%- endfor -%}
    {#- A few days are hardly all that a file has, and a file of such is soon read again -#}
    {%- if "://" in files | join(" ") or daily_partitions.days_of(daily_partitions.planned_ranges()) | length <= 31 -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set query = "select has_other_lines(" ~ daily_partitions.sql_list(files) ~ ", (select count(*) from " ~ this ~ ")) is null as are_alone" -%}
    {{ return(run_query(query)[0]["are_alone"]) }}
{% endmacro %}


{% macro rows_read(part) %}
    {%- set rows = {} -%}
    {%- for file in part.files if "://" not in file -%} {%- do rows.update({file: 0}) -%} {%- endfor -%}
    {%- set read = run_query("select filename as file, count(*) as row_count from " ~ part.reader ~ " group by file") -%}
    {%- set rejects -%}
        select file_path as file, count(distinct line_byte_position) as row_count
        from reject_errors
        join reject_scans using (scan_id, file_id)
        group by file
    {%- endset -%}
    {%- for row in read.rows | list + run_query(rejects).rows | list if row["file"] in rows -%}
        {%- do rows.update({row["file"]: rows[row["file"]] + row["row_count"] | int}) -%}
    {%- endfor -%}
    {%- do run_query(daily_partitions.forget_malformed_lines()) -%}
    {{ return(rows) }}
{% endmacro %}


{% macro counted_records(expected, delimiter) %}
    {%- set files = [] -%}
    {%- for file, count in expected.items() -%} {%- do files.append("(" ~ daily_partitions.sql_text(file) ~ ", " ~ count ~ ")") -%} {%- endfor -%}
    {%- set query -%}
        select file, coalesce(csv_records(file, {{ daily_partitions.sql_text(delimiter) }}, expected), expected::varchar) as row_count
        from (values {{ files | join(", ") }}) as files(file, expected)
    {%- endset -%}
    {%- set rows = {} -%}
    {%- for row in (run_query(query) if files else []) -%}
        {%- if not modules.re.fullmatch("-?[0-9]+", row["row_count"] | string) -%}
            {%- do exceptions.raise_compiler_error(
                "The feed " ~ daily_partitions.pipeline("feed") ~ " cannot be read to its end: " ~ row["file"] ~ ": " ~ row["row_count"] ~ ". Nothing was published"
            ) -%}
        {%- endif -%}
        {%- do rows.update({row["file"]: row["row_count"] | int}) -%}
    {%- endfor -%}
    {{ return(rows) }}
{% endmacro %}

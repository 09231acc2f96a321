{% macro feed_parts(ranges) %}
    {#- A run that has no days opens no file; a full refresh opens all to find them -#}
    {%- if not execute or (ranges is not none and not ranges and not flags.FULL_REFRESH) -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set name = "parts " ~ ranges -%}
    {%- if name not in daily_partitions.of_run() -%}
        {%- do daily_partitions.of_run().update({name: daily_partitions.alike_files(ranges)}) -%}
    {%- endif -%}
    {{ return(daily_partitions.of_run()[name]) }}
{% endmacro %}


{% macro alike_files(ranges) %}
    {#- DuckDB reads several files by the columns and types of the first. So those that are alike are read together, and no others -#}
    {%- set path = daily_partitions.feed_path() -%}
    {%- if not path -%}
        {#- So that what was given is one query, whatever it says: query() takes no other statement, and no second one -#}
        {{ return([{"sql": "query(" ~ daily_partitions.sql_text("from " ~ daily_partitions.feed_source()) ~ ")"}]) }}
    {%- endif -%}
    {%- set parts = [] -%}
    {%- for kind in daily_partitions.files_by_kind(path, ranges) -%}
        {%- set files = fromjson(kind["files"]) -%}
        {%- if kind["kind"] == "parquet" -%}
            {%- do parts.extend(daily_partitions.parquet_parts(files)) -%}
        {%- else -%}
            {%- set delimiter = daily_partitions.feed_meta("delimiter") or ("\t" if kind["kind"] == "tsv" else ",") -%}
            {%- do parts.extend(daily_partitions.csv_parts(files, delimiter, {"gz": "gzip", "zst": "zstd"}.get(kind["compression"], "none"))) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if daily_partitions.any_day(path) != path -%}
        {%- for part in parts -%}
            {%- do part.update({"file_of_day": path}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(parts) }}
{% endmacro %}


{% macro files_by_kind(path, ranges) %}
    {#- As text: dbt looks for a type in each value of an answer, which of thousands of paths takes seconds -#}
    {%- set query -%}
        select ending.kind, ending.compression, to_json(list(file order by file))::varchar as files, min(file) as first_file
        from (
            select distinct regexp_extract(lower(file), '[.](csv|tsv|parquet)(?:[.](gz|zst))?$', ['kind', 'compression']) as ending, file
            from {{ daily_partitions.feed_files(path, ranges) }}
        )
        group by ending
        order by ending
    {%- endset -%}
    {%- set kinds = run_query(query) -%}
    {%- for kind in kinds if not kind["kind"] -%}
        {%- do daily_partitions.refuse_feed("has a file that is neither CSV nor TSV nor Parquet: " ~ kind["first_file"]) -%}
    {%- endfor -%}
    {%- if not kinds | length and not run_query("select 1 from " ~ daily_partitions.feed_files(path) ~ " limit 1") | length -%}
        {%- do daily_partitions.refuse_feed("has no file: nothing is at " ~ path) -%}
    {%- endif -%}
    {{ return(kinds) }}
{% endmacro %}


{% macro feed_path() %}
    {#- dbt-duckdb puts what is a path, and not a query, into quotes -#}
    {%- set location = daily_partitions.feed_source().external or "" -%}
    {%- if execute and not location[1:-1].strip() -%}
        {%- do daily_partitions.refuse_feed("is named by nothing: " ~ (location or "it has no external_location")) -%}
    {%- endif -%}
    {{ return(daily_partitions.absolute_path(location[1:-1] | replace("''", "'")) if location.startswith("'") else none) }}
{% endmacro %}


{% macro needed_columns() %}
    {#- By their names in the feed -#}
    {%- set names = {} -%}
    {%- for column in daily_partitions.declared_columns() -%} {%- do names.update({column.source_name: column.name}) -%} {%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{% macro csv_parts(files, delimiter, compression) %}
    {%- if delimiter | length != 1 or delimiter in '"\r\n' -%}
        {%- do daily_partitions.refuse_project("The delimiter of " ~ daily_partitions.pipeline("feed") ~ " is " ~ tojson(delimiter) ~ ", which is not one letter between fields", 'delimiter: ";", or delimiter: "\\t"') -%}
    {%- endif -%}
    {%- set name = "headers-" ~ local_md5(invocation_id ~ files | join("\n")) -%}
    {%- do daily_partitions.ask_feed("noted_headers(" ~ [daily_partitions.sql_list(files), daily_partitions.sql_text(delimiter), daily_partitions.sql_text(name)] | join(", ") ~ ")") -%}
    {%- set headers -%}
        select to_json(names)::varchar as names, min(line) as line, to_json(list(file order by file))::varchar as files
        from {{ daily_partitions.noted(name, "{file: 'varchar', line: 'varchar', names: 'varchar[]'}") }}
        group by names
        order by min(file)
    {%- endset -%}
    {%- set groups = {} -%}
    {%- set lines = {} -%}
    {%- for row in run_query(headers) -%}
        {%- set alike = fromjson(row["files"]) -%}
        {%- if row["names"] is none -%}
            {%- do daily_partitions.refuse_feed("has no header in " ~ alike[0] ~ ": the file is empty, begins with an empty line, or is not UTF-8") -%}
        {%- endif -%}
        {%- set names = daily_partitions.feed_names(fromjson(row["names"]), row["line"], alike[0]) | join(", ") -%}
        {%- do groups.setdefault(names, []).extend(alike) -%}
        {%- do lines.setdefault(names, row["line"]) -%}
    {%- endfor -%}

    {%- set needed_columns = daily_partitions.needed_columns() -%}
    {%- set parts = [] -%}
    {%- for names, alike in groups.items() -%}
        {%- set names = names.split(", ") -%}
        {#- A folder's key of a declared name is not one of its columns then -#}
        {%- set is_whole = needed_columns.values() | reject("in", names) | list == [] -%}
        {#- Nothing is left to detection: a detector that meets a broken line refuses the file, or takes another dialect -#}
        {%- set reader -%}
            read_csv(
                {{ daily_partitions.sql_list(alike) }},
                columns = {{ daily_partitions.sql_struct(dict.fromkeys(names, "varchar")) }},
                {{ "hive_partitioning = false," if is_whole }}
                auto_detect = false,
                header = true,
                delim = {{ daily_partitions.sql_text(delimiter) }},
                compression = '{{ compression }}',
                quote = '"',
                escape = '"',
                store_rejects = true
            )
        {%- endset -%}
        {%- do parts.append({
            "sql": daily_partitions.whole_rows(reader, names), "reader": reader, "files": alike, "header": lines[names | join(", ")], "names": names,
            "delimiter": delimiter, "is_whole": is_whole,
        }) -%}
    {%- endfor -%}
    {{ return(parts) }}
{% endmacro %}


{% macro whole_rows(reader, names) %}
    {#- DuckDB ends in an internal error where what is not UTF-8 is in a column that has a later place in the file than in what is
        read of it, or between two that are read alone. So where there are others, all columns up to the last needed one are read
        whatever a query asks for: a length is cheap, and what it is does not matter -#}
    {%- set needed = names | select("in", daily_partitions.needed_columns().values() | list) | list -%}
    {%- set read = names[: names.index(needed[-1]) + 1] if needed else [] -%}
    {%- set terms = [] -%}
    {%- for name in read -%} {%- do terms.append("coalesce(strlen(" ~ name ~ "), 0) >= 0") -%} {%- endfor -%}
    {{ return("(select *, filename from " ~ reader ~ " where " ~ terms | join(" and ") ~ ")" if terms | length > needed | length else reader) }}
{% endmacro %}


{% macro feed_names(header, line, file) %}
    {#- Only the needed columns have names: what others are called, twice or not at all, does not matter -#}
    {%- set needed = daily_partitions.needed_columns() -%}
    {%- set names = [] -%}
    {%- for name in header -%}
        {%- if needed.get(name) in names -%}
            {%- do daily_partitions.refuse_feed("has two columns of one name in " ~ file ~ ": " ~ line) -%}
        {%- endif -%}
        {%- do names.append(needed[name] if name in needed else "column_" ~ loop.index) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{% macro parquet_parts(files) %}
    {%- set schemas -%}
        select columns, is_whole, to_json(list(file_name order by file_name))::varchar as files
        from (
            select
                file_name,
                string_agg(concat_ws(' ', name, type, logical_type, converted_type), ', ' order by name) filter (where is_needed) as columns,
                count(distinct lower(name)) filter (where is_needed) = {{ daily_partitions.needed_columns() | length }} as is_whole,
            from (
                select *, list_contains({{ daily_partitions.sql_list(daily_partitions.needed_columns().keys() | list) }}, lower(name)) as is_needed
                from parquet_schema({{ daily_partitions.sql_list(files) }})
            )
            group by file_name
        )
        group by all
        order by min(file_name)
    {%- endset -%}
    {%- set parts = [] -%}
    {%- for row in run_query(schemas) -%}
        {%- set alike = fromjson(row["files"]) -%}
        {#- The feed may have a column called filename -#}
        {%- set options = ", filename = '" ~ daily_partitions.parquet_file_column() ~ "'" ~ (", hive_partitioning = false" if row["is_whole"] else "") -%}
        {%- do parts.append({
            "sql": "read_parquet(" ~ daily_partitions.sql_list(alike) ~ options ~ ")", "files": alike,
            "file_column": daily_partitions.parquet_file_column(), "is_whole": row["is_whole"],
        }) -%}
    {%- endfor -%}
    {{ return(parts) }}
{% endmacro %}


{% macro parquet_file_column() %}
    {{- return("__feed_file") -}}
{% endmacro %}

{% macro feed_parts(relation, ranges) %}
    {#- DuckDB reads several files by the columns and types of the first. So those that are alike are read together, and no others.
        A run that has no days opens none; a full refresh opens all to find them -#}
    {%- if not execute or (ranges is not none and not ranges and not flags.FULL_REFRESH) -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set path = feed_path(relation) -%}
    {%- if not path -%}
        {#- So that what was given is one query, whatever it says: query() takes no other statement, and no second one -#}
        {{ return([{"sql": "query(" ~ sql_text("from " ~ relation) ~ ")"}]) }}
    {%- endif -%}
    {%- set files = feed_files(path, ranges) -%}
    {%- set parts = [] -%}
    {%- for ending, read in {"csv": csv_parts, "tsv": csv_parts, "parquet": parquet_parts}.items() -%}
        {%- set of_kind = [] -%}
        {%- for file in files if modules.re.search("[.]" ~ ending ~ "([.](gz|zst))?$", file | lower) -%}
            {%- do of_kind.append(file) -%}
        {%- endfor -%}
        {%- if of_kind -%}
            {%- do parts.extend(read(of_kind)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if any_day(path) != path -%}
        {%- for part in parts -%}
            {%- do part.update({"file_of_day": path}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(parts) }}
{% endmacro %}


{% macro feed_path(relation) %}
    {#- dbt-duckdb puts what is a path, and not a query, into quotes -#}
    {%- set location = relation.external or "" -%}
    {{ return(absolute_path(location[1:-1] | replace("''", "'")) if location.startswith("'") else none) }}
{% endmacro %}


{% macro needed_columns() %}
    {{ return(["date", "product", "quantity", "price"]) }}
{% endmacro %}


{% macro any_day(path) %}
    {{ return(modules.re.sub("%-?[A-Za-z]", "*", path)) }}
{% endmacro %}


{% macro csv_parts(files) %}
    {%- set delimiter = "\t" if modules.re.search("[.]tsv", files[0] | lower) else "," -%}
    {%- set queries = [] -%}
    {%- for file in files -%}
        {%- do queries.append(
            "(select " ~ sql_text(file) ~ " as file, line from read_csv(" ~ sql_text(file) ~ ", columns = {'line': 'varchar'},"
            ~ " auto_detect = false, header = false, delim = '\\x00', quote = '', escape = '', strict_mode = false, parallel = false,"
            ~ " ignore_errors = true, max_line_size = 65536, buffer_size = 131072) limit 1)"
        ) -%}
    {%- endfor -%}
    {%- set groups = {} -%}
    {%- set headers = {} -%}
    {%- for row in run_query("from (" ~ queries | join(" union all ") ~ ") where trim(line) != '' order by file") -%}
        {%- do groups.setdefault(header_names(row["line"], delimiter, row["file"]) | join(", "), []).append(row["file"]) -%}
        {%- do headers.update({row["file"]: row["line"]}) -%}
    {%- endfor -%}
    {%- for file in files if file not in headers -%}
        {%- do refuse_feed("has no header in " ~ file ~ ": the file is empty, or begins with an empty line") -%}
    {%- endfor -%}

    {%- set parts = [] -%}
    {%- for names, alike in groups.items() -%}
        {%- set names = names.split(", ") -%}
        {#- Nothing is left to detection: a detector that meets a broken line refuses the file, or takes another dialect -#}
        {%- set reader -%}
            read_csv(
                {{ sql_list(alike) }},
                columns = {{ sql_struct(dict.fromkeys(names, "varchar")) }},
                auto_detect = false,
                header = true,
                delim = '{{ delimiter }}',
                quote = '"',
                escape = '"',
                store_rejects = true
            )
        {%- endset -%}
        {%- do parts.append({
            "sql": whole_rows(reader, names), "reader": reader, "files": alike, "header": headers[alike[0]], "names": names,
            "delimiter": delimiter,
        }) -%}
    {%- endfor -%}
    {{ return(parts) }}
{% endmacro %}


{% macro whole_rows(reader, names) %}
    {#- DuckDB ends in an internal error where what is not UTF-8 is in a column that has a later place in the file than in what is
        read of it. So the columns before the last needed one are read too: a length is cheap, and what it is does not matter -#}
    {%- set needed = needed_columns() -%}
    {%- set terms = [] -%}
    {%- set left = names | select("in", needed) | list -%}
    {%- for name in names if left -%}
        {%- if name in needed -%}
            {%- do left.remove(name) -%}
        {%- else -%}
            {%- do terms.append("coalesce(strlen(" ~ name ~ "), 0) >= 0") -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return("(select *, filename from " ~ reader ~ " where " ~ terms | join(" and ") ~ ")" if terms else reader) }}
{% endmacro %}


{% macro header_names(line, delimiter, file) %}
    {#- Only the needed columns keep their names: what others are called, twice or not at all, does not matter -#}
    {%- set needed = needed_columns() -%}
    {%- set names = [] -%}
    {%- for field in modules.re.findall('((?:"(?:[^"]|"")*"|[^"' ~ delimiter ~ '])*)(?:' ~ delimiter ~ '|$)', line.rstrip("\r\n")) -%}
        {%- set name = field.strip().strip('"').strip() | lower -%}
        {%- if name in needed and name in names -%}
            {%- do refuse_feed("has two columns of one name in " ~ file ~ ": " ~ line) -%}
        {%- endif -%}
        {%- do names.append(name if name in needed else "column_" ~ loop.index) -%}
    {%- endfor -%}
    {#- The pattern also finds the nothing behind the last field -#}
    {{ return(names[:-1]) }}
{% endmacro %}


{% macro parquet_parts(files) %}
    {%- set schemas -%}
        select
            file_name,
            string_agg(concat_ws(' ', name, type, logical_type, converted_type), ', ' order by name)
                filter (where list_contains({{ sql_list(needed_columns()) }}, lower(name))) as columns
        from parquet_schema({{ sql_list(files) }})
        group by file_name
        order by file_name
    {%- endset -%}
    {%- set groups = {} -%}
    {%- for row in run_query(schemas) -%}
        {%- do groups.setdefault(row["columns"], []).append(row["file_name"]) -%}
    {%- endfor -%}
    {%- set parts = [] -%}
    {%- for alike in groups.values() -%}
        {%- do parts.append({"sql": "read_parquet(" ~ sql_list(alike) ~ ")", "files": alike}) -%}
    {%- endfor -%}
    {{ return(parts) }}
{% endmacro %}

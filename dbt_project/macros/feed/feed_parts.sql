{% macro feed_parts(relation, ranges) %}
    {#- DuckDB reads several files by the columns and types of the first. So those that are alike are read together, and no others -#}
    {%- set location = relation.external -%}
    {%- if not location or not location.startswith("'") -%}
        {{ return([{"sql": relation | string}]) }}
    {%- endif -%}
    {%- set path = absolute_path(location[1:-1] | replace("''", "'")) -%}
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


{% macro any_day(path) %}
    {{ return(modules.re.sub("%-?[A-Za-z]", "*", path)) }}
{% endmacro %}


{% macro csv_parts(files) %}
    {%- set delimiter = "\t" if modules.re.search("[.]tsv", files[0] | lower) else "," -%}
    {%- set queries = [] -%}
    {%- for file in files -%}
        {%- do queries.append(
            "(select " ~ sql_text(file) ~ " as file, line from read_csv(" ~ sql_text(file) ~ ", columns = {'line': 'varchar'},"
            ~ " auto_detect = false, header = false, delim = '\\x00', quote = '', escape = '', strict_mode = false,"
            ~ " ignore_errors = true, max_line_size = 65536, buffer_size = 131072) limit 1)"
        ) -%}
    {%- endfor -%}
    {%- set groups = {} -%}
    {%- set headers = {} -%}
    {%- for row in run_query("from (" ~ queries | join(" union all ") ~ ") order by file") -%}
        {%- do groups.setdefault(header_names(row["line"] or "", delimiter, row["file"]) | join(", "), []).append(row["file"]) -%}
        {%- do headers.update({row["file"]: row["line"]}) -%}
    {%- endfor -%}
    {%- if not groups -%}
        {%- do refuse_feed("has no header in " ~ files[0] ~ ": the file is empty") -%}
    {%- endif -%}

    {%- set parts = [] -%}
    {%- for names, alike in groups.items() -%}
        {#- Nothing is left to detection: a detector that meets a broken line refuses the file, or takes another dialect -#}
        {%- set sql -%}
            read_csv(
                {{ sql_list(alike) }},
                columns = {{ sql_struct(dict.fromkeys(names.split(", "), "varchar")) }},
                auto_detect = false,
                header = true,
                delim = '{{ delimiter }}',
                quote = '"',
                escape = '"',
                store_rejects = true
            )
        {%- endset -%}
        {%- do parts.append({
            "sql": sql, "files": alike, "header": headers[alike[0]], "names": names.split(", "), "delimiter": delimiter
        }) -%}
    {%- endfor -%}
    {{ return(parts) }}
{% endmacro %}


{% macro header_names(line, delimiter, file) %}
    {#- Only the needed columns keep their names: what others are called, twice or not at all, does not matter -#}
    {%- set needed = ["date", "product", "quantity", "price"] -%}
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
                filter (where lower(name) in ('date', 'product', 'quantity', 'price')) as columns
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

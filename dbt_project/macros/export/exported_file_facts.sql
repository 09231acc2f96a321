{% macro exported_file_facts(files, hash=true) %}
    {%- if files %}
        select
            -- a folder may be called 2026/02/31
            try_cast(replace(regexp_extract(filename, '([0-9]{4}/[0-9]{2}/[0-9]{2})/[^/]+$', 1), '/', '-') as date) as partition_date,
            parse_filename(filename) as file_name,
            filename,
            size,
            changed_at,
            hash
        from {{ file_facts(files, hash) }}
    {%- else -%}
        select
            null::date as partition_date, null::varchar as file_name, null::varchar as filename, null::bigint as size,
            null::timestamp_ns as changed_at, null::varchar as hash
        where false
    {%- endif -%}
{% endmacro %}


{% macro file_facts(files, hash) %}
    {%- if "://" in files[0] -%}
        (
            select
                filename, size, last_modified::timestamp::timestamp_ns as changed_at, {{ "md5(content)" if hash else "null::varchar" }} as hash
            from read_blob({{ sql_list(files) }})
        )
    {%- else -%}
        {%- set name = "facts-" ~ local_md5(files | join("\n") ~ modules.datetime.datetime.now()) -%}
        {%- do run_query("select noted_facts(list(file), " ~ hash ~ ", '" ~ name ~ "') from (" ~ globs(files) ~ ")") -%}
        (
            select file as filename, size, make_timestamp_ns(changed_ns) as changed_at, hash
            from read_json(
                getvariable('noted') || '{{ name }}.json',
                format = 'newline_delimited',
                columns = {file: 'varchar', size: 'bigint', changed_ns: 'bigint', hash: 'varchar'}
            )
        )
    {%- endif -%}
{% endmacro %}


{% macro files_of(ranges) %}
    {#- Of many days it is faster to list the whole folder; what is of other days is left out by who joins the days -#}
    {%- set days = days_of(ranges) -%}
    {%- set files = [] -%}
    {%- for name in export_names() if execute -%}
        {%- if days | length > 31 -%}
            {%- do files.extend([exported_files(name)] if existing_files([exported_files(name)]) else []) -%}
        {%- else -%}
            {%- set paths = [] -%}
            {%- for day in days -%}
                {%- do paths.append(export_file(name, day)) -%}
            {%- endfor -%}
            {%- do files.extend(existing_files(paths)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(files) }}
{% endmacro %}

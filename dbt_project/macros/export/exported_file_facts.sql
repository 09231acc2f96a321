{% macro exported_file_facts(files, hash=true) %}
    {%- if files -%}
        select
            -- a folder may be called 2026/02/31
            try_cast(replace(regexp_extract(filename, '([0-9]{4}/[0-9]{2}/[0-9]{2})/[^/]+$', 1), '/', '-') as date) as partition_date,
            parse_filename(filename) as file_name,
            filename,
            size,
            last_modified as modified_at,
            {{ "md5(content)" if hash else "null::varchar" }} as hash
        from read_blob({{ sql_list(files) }})
    {%- else -%}
        select
            null::date as partition_date, null::varchar as file_name, null::varchar as filename, null::bigint as size,
            null::timestamp with time zone as modified_at, null::varchar as hash
        where false
    {%- endif -%}
{% endmacro %}


{% macro files_of(ranges) %}
    {#- Of many days it is faster to list the whole folder; what is of other days is left out by who joins the days -#}
    {%- set days = days_of(ranges) -%}
    {%- set files = [] -%}
    {%- for name in ["sales.csv", "sales_summary.csv"] if execute -%}
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

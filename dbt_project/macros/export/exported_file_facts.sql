{% macro exported_file_facts(files, hash=true) %}
    {%- if files -%}
        select
            cast(replace(regexp_extract(filename, '([0-9]{4}/[0-9]{2}/[0-9]{2})/[^/]+$', 1), '/', '-') as date) as partition_date,
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
    {%- set paths = [exported_files("sales.csv"), exported_files("sales_summary.csv")] -%}
    {%- set days = days_of(ranges) -%}
    {%- if days | length <= 31 -%}
        {%- set paths = [] -%}
        {%- for day in days -%}
            {%- do paths.extend([export_file("sales.csv", day), export_file("sales_summary.csv", day)]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(existing_files(paths) if execute else []) }}
{% endmacro %}

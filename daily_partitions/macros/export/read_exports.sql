{% macro read_exports(files, types) %}
    {#- `files` is SQL: one name or a list of them -#}
    {%- if not files -%}
        select
        {%- for name, type in types.items() %}
            null::{{ type }} as {{ name }},
        {%- endfor %}
        where false
    {%- elif ".parquet'" in files -%}
        select {{ types | join(", ") }} from read_parquet({{ files }})
    {%- else -%}
        select {{ types | join(", ") }}
        from read_csv(
            {{ files }},
            columns = {{ daily_partitions.sql_struct(types) }},
            auto_detect = false,
            header = true,
            delim = ',',
            quote = '"',
            escape = '"'
        )
    {%- endif -%}
{% endmacro %}

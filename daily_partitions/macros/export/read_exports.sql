{% macro read_exports(files, types, header=true) %}
    {#- `files` is SQL: one name or a list of them -#}
    {%- set names = [] -%}
    {%- for name in types -%} {%- do names.append(adapter.quote(name)) -%} {%- endfor -%}
    {%- if not files -%}
        select
        {%- for name, type in types.items() %}
            null::{{ type }} as {{ adapter.quote(name) }},
        {%- endfor %}
        where false
    {%- elif ".parquet'" in files -%}
        select {{ names | join(", ") }} from read_parquet({{ files }}, hive_partitioning = false)
    {%- else -%}
        select {{ names | join(", ") }}
        from read_csv(
            {{ files }},
            columns = {{ daily_partitions.sql_struct(types) }},
            auto_detect = false,
            header = {{ header }},
            hive_partitioning = false,
            delim = ',',
            quote = '"',
            escape = '"'
        )
    {%- endif -%}
{% endmacro %}

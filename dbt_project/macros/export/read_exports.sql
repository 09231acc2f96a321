{% macro read_exports(files, columns) %}
    {%- set types = [] -%}
    {%- for column in columns -%}
        {%- do types.append(sql_text(column.name) ~ ": " ~ sql_text(column.data_type)) -%}
    {%- endfor -%}
    {%- if files -%}
        select {{ columns | map(attribute="name") | join(", ") }}
        from read_csv(
            {{ files }},
            columns = { {{- types | join(", ") -}} },
            auto_detect = false,
            header = true,
            delim = ',',
            quote = '"',
            escape = '"'
        )
    {%- else -%}
        select
        {%- for column in columns %}
            null::{{ column.data_type }} as {{ column.name }},
        {%- endfor %}
        where false
    {%- endif -%}
{% endmacro %}

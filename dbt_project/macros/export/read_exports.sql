{% macro read_exports(files, columns) %}
    {%- set types = {} -%}
    {%- for column in columns -%}
        {%- do types.update({column.name: column.data_type}) -%}
    {%- endfor -%}
    {%- if files -%}
        select {{ types | join(", ") }}
        from read_csv(
            {{ files }},
            columns = {{ sql_struct(types) }},
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

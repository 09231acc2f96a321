{% macro existing_files(patterns) %}
    {%- set queries = [] -%}
    {%- for pattern in patterns | unique -%}
        {%- do queries.append("select file from glob(" ~ sql_text(pattern) ~ ")") -%}
    {%- endfor -%}
    {{ return(run_query(queries | join(" union ") ~ " order by file").columns[0].values() | list if queries else []) }}
{% endmacro %}

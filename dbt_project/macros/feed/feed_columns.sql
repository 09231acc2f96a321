{% macro feed_columns(reader) %}
    {%- set columns = {} -%}
    {%- for row in run_query("describe select * from " ~ reader) -%}
        {%- do columns.update({row["column_name"] | lower: row["column_type"]}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}

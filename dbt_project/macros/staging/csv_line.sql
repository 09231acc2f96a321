{% macro csv_line(columns) %}
    {%- set fields = [] -%}
    {%- for column in columns -%}
        {%- do fields.append(
            "case when regexp_matches(" ~ column ~ ", '[\",\\r\\n]') then '\"' || replace(" ~ column ~ ", '\"', '\"\"') || '\"'"
            ~ " else coalesce(" ~ column ~ ", '') end"
        ) -%}
    {%- endfor -%}
    concat_ws(',', {{ fields | join(", ") }})
{% endmacro %}

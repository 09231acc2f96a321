{% macro csv_line(names) %}
    {%- set delimiter = daily_partitions.feed_meta("delimiter", ",") -%}
    {%- set fields = [] -%}
    {%- for name in names -%}
        {%- set text = "raw_" ~ name -%}
        {%- do fields.append(
            "case when regexp_matches(" ~ text ~ ", '[\"" ~ modules.re.escape(delimiter) ~ "\\r\\n]') then '\"' || replace(" ~ text ~ ", '\"', '\"\"') || '\"'"
            ~ " else coalesce(" ~ text ~ ", '') end"
        ) -%}
    {%- endfor -%}
    concat_ws('{{ delimiter }}', {{ fields | join(", ") }})
{% endmacro %}

{% macro check_feed() %}
    {%- set window = run_window() -%}
    {%- for part in feed_parts(source("raw", "sales"), [window] if window else none) -%}
        {%- set columns = feed_columns(part.sql) -%}
        {%- for name in needed_columns() if name not in columns -%}
            {%- do refuse_feed(
                "has no column " ~ name ~ (" in " ~ part.files[0] if part.files else "") ~ ", it has " ~ (part.header or columns | join(", "))
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}

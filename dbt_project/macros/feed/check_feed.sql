{% macro check_feed() %}
    {%- set window = run_window() -%}
    {%- set columns = feed_columns(feed_reader(source("raw", "sales"), [window] if window else none).sql) -%}
    {%- for name in ["date", "product", "quantity", "price"] if name not in columns -%}
        {%- do refuse_feed("has no column " ~ name ~ ", it has " ~ columns | join(", ")) -%}
    {%- endfor -%}
{% endmacro %}

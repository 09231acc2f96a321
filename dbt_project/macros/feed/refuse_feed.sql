{% macro refuse_feed(fault) %}
    {%- set given = "RAW_SALES_PATH" if env_var("RAW_SALES_PATH", "") else "raw_sales_path" -%}
    {%- do exceptions.raise_compiler_error(
        "The feed " ~ fault ~ ". It was named by " ~ given ~ " and needs the columns date, product, quantity, price; other"
        ~ " names can be mapped by a subquery: RAW_SALES_PATH=\"(select day as date, sku as product, qty as quantity, price from 'feed.csv')\""
    ) -%}
{% endmacro %}

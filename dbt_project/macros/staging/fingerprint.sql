{% macro fingerprint(columns=["raw_date", "product", "raw_quantity", "raw_price"]) %}
    {#- MD5, not hash(): it must mean the same in the next version of DuckDB. What is missing differs from what is empty -#}
    md5_number_lower(
        concat_ws(e'\x1f' {%- for column in columns -%}, coalesce({{ column }}, e'\x1e') {%- endfor -%})
    )
{% endmacro %}

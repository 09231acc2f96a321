{% macro fingerprint(columns=["raw_date", "product", "raw_quantity", "raw_price"]) %}
    {#- A cryptographic hash takes as long as the rest of the scan. This one may be another in the next version of DuckDB -#}
    {{- "hash(" ~ columns | join(", ") ~ ")" -}}
{% endmacro %}

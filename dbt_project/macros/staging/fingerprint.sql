{% macro fingerprint() %}
    {#- A cryptographic hash takes as long as the rest of the scan. This one may be another in the next version of DuckDB -#}
    {{- "if(rejected_reason is null, hash(date, product, quantity, price), hash(raw_text))" -}}
{% endmacro %}

{% macro recorded_amount_type() %}
    {#- The plan and the ledger outlive a change of price_type: wide enough for every type that check_vars lets through -#}
    {{- "decimal(38, 6)" -}}
{% endmacro %}

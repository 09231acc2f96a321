{% macro amount_type() %}
    {#- 18 digits are the most that DuckDB keeps in 8 bytes, and wider ones are read 40 times as slowly. Sums are recorded with 6 decimals -#}
    {%- set decimals = decimals_of("quantity_type") + decimals_of("price_type") -%}
    {%- if decimals > 6 -%}
        {%- do daily_partitions.refuse_var(
            "price_type", var("price_type"), "no more than 6 decimals together with quantity_type " ~ var("quantity_type")
        ) -%}
    {%- endif -%}
    {{- "decimal(18, " ~ decimals ~ ")" -}}
{% endmacro %}


{% macro quantity_sum_type() %}
    {{- "decimal(18, " ~ decimals_of("quantity_type") ~ ")" -}}
{% endmacro %}


{% macro decimals_of(name) %}
    {%- set type = var(name) | string | lower | replace(" ", "") -%}
    {%- set decimals = modules.re.fullmatch("decimal[(][0-9]+,([0-9]+)[)]", type) -%}
    {%- if not daily_partitions.column_type(type) or not (decimals or (name == "quantity_type" and type in ["bigint", "integer"])) -%}
        {%- do daily_partitions.refuse_var(
            name, var(name), ("bigint, integer or " if name == "quantity_type" else "") ~ "decimal(precision, scale), the precision at most 38"
        ) -%}
    {%- endif -%}
    {{ return(decimals.group(1) | int if decimals else 0) }}
{% endmacro %}

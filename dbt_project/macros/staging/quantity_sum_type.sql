{% macro quantity_sum_type() %}
    {{- "decimal(18, " ~ number_type("quantity_type").scale ~ ")" -}}
{% endmacro %}


{% macro largest_sum(type) %}
    {#- Nine tenths of what the type holds: floating point is not exact -#}
    {%- set digits = modules.re.findall("[0-9]+", type) | map("int") | list -%}
    {{- "9e" ~ (digits[0] - digits[1] - 1) ~ "::double" -}}
{% endmacro %}

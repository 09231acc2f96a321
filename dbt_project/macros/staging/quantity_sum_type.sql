{% macro quantity_sum_type() %}
    {{- "decimal(18, " ~ number_type("quantity_type").scale ~ ")" -}}
{% endmacro %}


{% macro sum_limit(type) %}
    {%- set digits = modules.re.findall("[0-9]+", type) | map("int") | list -%}
    {{- 10 ** (digits[0] - digits[1]) -}}
{% endmacro %}

{% macro quantity_sum_type() %}
    {{- "decimal(38, " ~ number_type("quantity_type").scale ~ ")" -}}
{% endmacro %}

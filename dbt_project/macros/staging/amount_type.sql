{% macro amount_type(sum=false) %}
    {#- 10 digits are left so that the sum of 10 billion rows still fits the widest decimal -#}
    {{- "decimal(" ~ (38 if sum else 28) ~ ", " ~ (number_type("quantity_type").scale + number_type("price_type").scale) ~ ")" -}}
{% endmacro %}

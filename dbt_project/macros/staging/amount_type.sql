{% macro amount_type(sum=false) %}
    {#- 18 digits are the most that DuckDB keeps in 8 bytes, and wider ones are read 40 times as slowly. 20 are left for the sum -#}
    {{- "decimal(" ~ (38 if sum else 18) ~ ", " ~ (number_type("quantity_type").scale + number_type("price_type").scale) ~ ")" -}}
{% endmacro %}

{#- As not_null -#}
{% test unique(model, column_name) %} {{ default__test_unique(model, column_name) }} {% endtest %}

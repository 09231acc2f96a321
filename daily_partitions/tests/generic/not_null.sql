{#- dbt's own, by another road: its parser takes not_null and unique for done without calling get_where_subquery -#}
{% test not_null(model, column_name) %} {{ default__test_not_null(model, column_name) }} {% endtest %}

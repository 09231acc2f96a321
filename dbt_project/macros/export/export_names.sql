{% macro export_names() %}
    {{ return(["sales.csv", "sales_summary.csv"]) }}
{% endmacro %}

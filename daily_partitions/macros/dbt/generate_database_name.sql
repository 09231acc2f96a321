{% macro duckdb__generate_database_name(custom_database_name=none, node=none) %}
    {#- On a lake all workers share its tables, but what only a run itself needs: that is in each worker's memory. So are the rows that
        fail a data test, for many would write them at once -#}
    {%- if daily_partitions.is_lake() and node and (node.resource_type == "test" or node.name in daily_partitions.tables_of_a_run()) -%}
        {{- return("memory") -}}
    {%- endif -%}
    {{- return(default__generate_database_name(custom_database_name, node)) -}}
{% endmacro %}


{% macro is_lake() %}
    {#- A target whose tables are in a DuckLake, where any number of runs work at once -#}
    {{ return(target.type == "duckdb" and target.path == ":memory:" and target.database != "memory") }}
{% endmacro %}


{% macro tables_of_a_run() %}
    {{ return([daily_partitions.pipeline("staged"), "staged_days", "partition_audit"]) }}
{% endmacro %}

{% macro duckdb__get_where_subquery(relation) %}
    {#- dbt's own macro, taught in_plan(column): the where of a data test is YAML, from which no macro is called -#}
    {%- if not execute and "/health/" not in model.original_file_path -%}
        {#- The ledger is written last: in dbt build the tests come after it, so that a test that fails for one day
            leaves no other day half published. What looks at all days is no part of that, and not always built with it -#}
        {%- do ref("partition_ledger") -%}
    {%- endif -%}
    {%- set planned = modules.re.search("in_plan[(]([a-z_]+)[)]", config.get("where") or "") -%}
    {%- if not planned or not execute -%}
        {{ return(default__get_where_subquery(relation)) }}
    {%- endif -%}
    {%- set where = config.get("where") | replace(planned.group(0), daily_partitions.in_ranges(planned.group(1), daily_partitions.planned_ranges())) -%}
    {{ return("(select * from " ~ relation ~ " where " ~ where ~ ") as planned_days") }}
{% endmacro %}

{% macro duckdb__get_where_subquery(relation) %}
    {#- dbt's own macro, taught in_plan(column): the where of a data test is YAML, from which no macro is called -#}
    {%- set tested = modules.re.findall("'(\\w+)'", model.test_metadata.kwargs.model) | last -%}
    {%- set of_days = daily_partitions.pipeline("marts") + daily_partitions.pipeline("exports") + [daily_partitions.pipeline("staged")] -%}
    {%- if not execute and ("/run/" in model.original_file_path or tested in of_days) -%}
        {#- The ledger is written last: in dbt build the tests come after it, so that a test that fails for one day
            leaves no other day half published. What looks at all days is no part of that, and not always built with it -#}
        {%- do ref("partition_ledger") -%}
    {%- endif -%}
    {%- set planned = modules.re.search("in_plan[(](\\w+)[)]", config.get("where") or "") -%}
    {%- if not planned or not execute -%}
        {{ return(default__get_where_subquery(relation)) }}
    {%- endif -%}
    {%- set where = config.get("where") | replace(planned.group(0), daily_partitions.in_ranges(planned.group(1), daily_partitions.planned_ranges())) -%}
    {{ return("(select * from " ~ relation ~ " where " ~ where ~ ") as planned_days") }}
{% endmacro %}

{% macro passed_rows(staged) %}
    {#- The good rows of the days that passed their audit. In a unit test they are a CTE of given rows -#}
    {%- if not execute -%} {%- do ref("partition_audit") -%} {%- endif -%}
    {{- return(
        "(select * from " ~ staged ~ " where rejected_reason is null" ~ ("" if staged.is_cte else " and " ~ daily_partitions.in_ranges(daily_partitions.day_column(), daily_partitions.passed_ranges())) ~ ")"
    ) -}}
{% endmacro %}

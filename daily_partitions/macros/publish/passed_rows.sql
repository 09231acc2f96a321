{% macro passed_rows(staged) %}
    {#- The good rows of the days that passed their audit. In a unit test they are a CTE of given rows -#}
    {%- if daily_partitions.of_run().is_asked_for_logic -%}
        {#- Which days these are is no part of it -#}
        {{ return("(the passed rows of " ~ staged ~ ")") }}
    {%- endif -%}
    {%- if not execute -%} {%- do ref("partition_audit") -%} {%- endif -%}
    {{- return(
        "(select * from " ~ staged ~ " where rejected_reason is null" ~ ("" if staged.is_cte else " and " ~ daily_partitions.in_ranges(daily_partitions.day_column(), daily_partitions.passed_ranges())) ~ ")"
    ) -}}
{% endmacro %}

{% macro planning_run(days) %}
    {#- Outside a run, for instance in dbt test, the days in question are those of the last run -#}
    {%- if flags.WHICH in ["run", "build"] -%}
        '{{ invocation_id }}'
    {%- else -%}
        (select arg_max(run_id, run_number) from {{ days }})
    {%- endif -%}
{% endmacro %}

{% macro in_plan(column, status=none, days=none, computed=false) %}
    {{- in_ranges(column, plan_ranges(status, days), computed) -}}
{% endmacro %}


{% macro in_ranges(column, ranges, computed=false) %}
    {%- if not ranges -%}
        false
    {%- elif computed -%}
        {#- Each comparison would compute it again, which for scattered days takes many times as long as all the rest -#}
        {{ column }} in (select unnest({{ sql_list(days_of(ranges)) }}::date[]))
    {%- else -%}
        (
        {%- for window in ranges -%}
            {{ " or " if not loop.first }}{{ column }} between date '{{ window.start }}' and date '{{ window.end }}'
        {%- endfor -%}
        )
    {%- endif -%}
{% endmacro %}

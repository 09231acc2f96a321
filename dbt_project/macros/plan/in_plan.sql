{% macro in_plan(column, status=none, days=none) %}
    {{- in_ranges(column, plan_ranges(status, days)) -}}
{% endmacro %}


{% macro in_ranges(column, ranges) %}
    {%- if not ranges -%}
        false
    {%- else -%}
        (
        {%- for window in ranges -%}
            {{ " or " if not loop.first }}{{ column }} between date '{{ window.start }}' and date '{{ window.end }}'
        {%- endfor -%}
        )
    {%- endif -%}
{% endmacro %}

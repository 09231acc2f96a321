{% macro in_plan(column, status=none, days=none) %}
    {%- set ranges = plan_ranges(status, days) -%}
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

{% macro in_plan(column, status=none, days=none, computed=false) %}
    {{- in_ranges(column, plan_ranges(status, days), computed) -}}
{% endmacro %}


{% macro in_ranges(column, ranges, computed=false) %}
    {%- if not ranges -%}
        false
    {%- elif computed or ranges | length > 20 -%}
        {#- A comparison for each range takes, for scattered days, many times as long as all the rest; more so of what is computed -#}
        {%- set listed = column ~ " in (select unnest(" ~ sql_list(days_of(ranges)) ~ "::date[]))" -%}
        {%- if computed -%}
            {{ listed }}
        {%- else -%}
            {%- set bounds = [ranges | map(attribute="start") | min, ranges | map(attribute="end") | max] -%}
            ({{ column }} between date '{{ bounds[0] }}' and date '{{ bounds[1] }}' and {{ listed }})
        {%- endif -%}
    {%- else -%}
        (
        {%- for window in ranges -%}
            {{ " or " if not loop.first }}{{ column }} between date '{{ window.start }}' and date '{{ window.end }}'
        {%- endfor -%}
        )
    {%- endif -%}
{% endmacro %}

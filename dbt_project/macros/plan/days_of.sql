{% macro days_of(ranges) %}
    {%- set days = [] -%}
    {%- for window in ranges -%}
        {%- for offset in range((window.end - window.start).days + 1) -%}
            {%- do days.append(window.start + modules.datetime.timedelta(days=offset)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(days) }}
{% endmacro %}

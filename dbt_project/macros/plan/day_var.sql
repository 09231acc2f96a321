{% macro day_var(name) %}
    {{ return(day_of_var(name, var(name, none))) }}
{% endmacro %}


{% macro day_of_var(name, value) %}
    {#- YAML makes a date of 2026-01-15 and leaves 2026-1-5 a text, so the text of both is looked at.
        Jinja cannot catch what strptime raises: an impossible day shows by landing in another month -#}
    {%- set text = value | string -%}
    {%- if modules.re.fullmatch("[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", text) -%}
        {%- set first = modules.datetime.date(text[:4] | int, text[5:7] | int, 1) -%}
        {%- set day = first + modules.datetime.timedelta(days=(text[8:] | int) - 1) -%}
        {%- if day.month == first.month -%}
            {{ return(day) }}
        {%- endif -%}
    {%- endif -%}
    {%- do refuse_var(name, text, "a day of the calendar written YYYY-MM-DD") -%}
{% endmacro %}

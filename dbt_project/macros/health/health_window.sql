{% macro health_window() %}
    {%- if not execute -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set end = newest_complete_day() -%}
    {%- set start = day_var("start_date") -%}
    {%- if var("lookback_days") != "all" -%}
        {%- set start = [start, end - modules.datetime.timedelta(days=var("lookback_days") - 1)] | max -%}
    {%- endif -%}
    {{ return({"start": start, "end": end}) }}
{% endmacro %}


{% macro newest_complete_day() %}
    {%- set now = modules.datetime.datetime.now(modules.pytz.timezone(var("timezone"))) -%}
    {{ return((now - modules.datetime.timedelta(minutes=var("grace_minutes"), days=1)).date()) }}
{% endmacro %}

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


{% macro expected_day() %}
    {%- if var("expected_until") == "feed" -%}
        null::date
    {%- elif var("expected_until") == "newest" -%}
        date '{{ newest_complete_day() }}'
    {%- else -%}
        date '{{ day_var("expected_until") }}'
    {%- endif -%}
{% endmacro %}


{% macro newest_complete_day() %}
    {#- Asked of DuckDB, which says of the rows too on which day they are: Jinja has a list of time zones of its own -#}
    {%- set query -%}
        select
            cast((timestamptz '{{ run_started_at }}' - interval {{ var("grace_minutes") }} minutes) at time zone '{{ var("timezone") }}' as date)
            - 1 as newest_day
    {%- endset -%}
    {{ return(run_query(query)[0]["newest_day"]) }}
{% endmacro %}

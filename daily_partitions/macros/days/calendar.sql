{% macro newest_complete_day() %}
    {#- Asked of DuckDB, which says of the rows too on which day they are: Jinja has a list of time zones of its own -#}
    {%- set query -%}
        select
            cast(
                (timestamptz '{{ run_started_at }}' - interval {{ daily_partitions.setting("grace_minutes") }} minutes) at time zone '{{ daily_partitions.setting("timezone") }}' as date
            ) - 1 as newest_day
    {%- endset -%}
    {%- if "newest_day" not in daily_partitions.of_run() -%}
        {%- do daily_partitions.of_run().update({"newest_day": run_query(query)[0]["newest_day"]}) -%}
    {%- endif -%}
    {{ return(daily_partitions.of_run().newest_day) }}
{% endmacro %}


{% macro health_window() %}
    {%- if not execute -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set end = daily_partitions.newest_complete_day() -%}
    {%- set start = daily_partitions.day_var("start_date") -%}
    {%- if daily_partitions.setting("lookback_days") != "all" -%}
        {%- set start = [start, end - modules.datetime.timedelta(days=daily_partitions.setting("lookback_days") - 1)] | max -%}
    {%- endif -%}
    {{ return({"start": start, "end": end}) }}
{% endmacro %}


{% macro judged_ranges() %}
    {#- A run of given days looks at these; who looks for days that are wrong, at the calendar -#}
    {%- if daily_partitions.run_window() -%}
        {{ return([daily_partitions.run_window()]) }}
    {%- endif -%}
    {{ return([{"start": daily_partitions.day_var("start_date"), "end": daily_partitions.newest_complete_day()}] if flags.FULL_REFRESH and execute else [daily_partitions.health_window()]) }}
{% endmacro %}


{% macro expected_day() %}
    {%- if daily_partitions.setting("expected_until") == "feed" -%}
        null::date
    {%- elif daily_partitions.setting("expected_until") == "newest" -%}
        date '{{ daily_partitions.newest_complete_day() }}'
    {%- else -%}
        date '{{ daily_partitions.day_var("expected_until") }}'
    {%- endif -%}
{% endmacro %}

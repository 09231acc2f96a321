{% macro judged_ranges() %}
    {#- A run of given days looks at these; who looks for days that are wrong, at the calendar -#}
    {%- if not run_window() -%}
        {{ return([{"start": day_var("start_date"), "end": newest_complete_day()}] if flags.FULL_REFRESH and execute else [health_window()]) }}
    {%- endif -%}
    {{ return([run_window()]) }}
{% endmacro %}


{% macro get_incremental_replace_judged_days_sql(arg_dict) %}
    {#- Who looks for days that are wrong leaves nothing behind of a calendar that began earlier -#}
    {{ return(replace_days(arg_dict, in_ranges("partition_date", judged_ranges()) if run_window() else "true")) }}
{% endmacro %}

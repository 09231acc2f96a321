{% macro is_empty_feed(source_days) %}
    {#- A run of given days has not looked at the whole feed, and need not have anything to look at. Of the
        days outside the calendar nothing was seen now -#}
    {{- "false" if run_window() else "not exists (select 1 from " ~ source_days ~ " where " ~ is_scanned("partition_date", none) ~ ")" -}}
{% endmacro %}

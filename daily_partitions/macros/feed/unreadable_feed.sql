{% macro unreadable_feed() %}
    {#- Else a feed that changed the form of its dates would look like one in which nothing is new -#}
    {%- set window = daily_partitions.run_window() -%}
    {%- set calendar = window or daily_partitions.health_window() -%}
    {%- set seen = daily_partitions.relation_of(daily_partitions.pipeline("staged") if window else "source_days") -%}
    {%- if not daily_partitions.is_selected("partition_plan") or daily_partitions.leaves_feed_alone() or calendar.end < calendar.start or not load_relation(seen) -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set day = daily_partitions.day_column() -%}
    {#- What a run of days left alone may be readable. One such row is enough, so that the feed is not read to its end -#}
    {%- if run_query("select 1 from " ~ seen ~ " where " ~ (day if window else "partition_date") ~ " is not null limit 1") | length
        or run_query("select 1 from (" ~ daily_partitions.judged_rows(none, day ~ " is not null") ~ ") limit 1") | length -%}
        {{ return([]) }}
    {%- endif -%}
    {%- do run_query(daily_partitions.forget_malformed_lines()) -%}
    {%- set undated = run_query("select count(*) as row_count from (" ~ daily_partitions.judged_rows(none, day ~ " is null") ~ ")")[0]["row_count"] -%}
    {%- set malformed = daily_partitions.malformed_lines(none) -%}
    {%- set lines = run_query("select count(*) as all_lines, count(" ~ day ~ ") as dated from (" ~ malformed ~ ")")[0] if malformed else {"all_lines": 0, "dated": 0} -%}
    {%- do run_query(daily_partitions.forget_malformed_lines()) -%}
    {{ return([
        "No date of the feed " ~ daily_partitions.feed_location() ~ " can be read, of " ~ (undated + lines["all_lines"]) ~ " rows; a run of a day shows them in"
        ~ " rejected_rows. A date in another form is declared beside its column: config: {meta: {format: '%d.%m.%Y'}}"
        ~ (", and another delimiter beside external_location: delimiter: ';'" if lines["all_lines"] else "")
    ] if undated + lines["all_lines"] and not lines["dated"] else []) }}
{% endmacro %}

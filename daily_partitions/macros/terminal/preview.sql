{% macro print_preview() %}
    {#- What the models made of the days in memory, beside what is published -#}
    {%- set audit = daily_partitions.relation_of("partition_audit") -%}
    {%- if load_relation(audit) is none -%}
        {{ return("") }}
    {%- endif -%}
    {%- set query -%}
        select
            plan.partition_date,
            plan.action,
            concat_ws('; ', plan.reason, 'would fail: ' || if(audit.status = 'failed', audit.reason, null), 'would warn: ' || audit.warnings) as reason,
            coalesce(before.row_count, 0) as rows_now,
            coalesce(if(audit.status = 'passed', audit.row_count, before.row_count), 0) as rows_then,
            coalesce(cast(audit.rejected_count as varchar), '') as rejected_then,
            {%- for name in daily_partitions.figures() %}
            {{ daily_partitions.shown_figure(name, "coalesce(before." ~ name ~ ", 0)") }} as {{ name }}_now,
            {{ daily_partitions.shown_figure(name, "coalesce(if(audit.status = 'passed', figures." ~ name ~ ", before." ~ name ~ "), 0)") }} as {{ name }}_then,
            {%- endfor %}
        from {{ daily_partitions.relation_of("partition_plan") }} as plan
        left join {{ audit }} as audit using (partition_date)
        left join ({{ daily_partitions.last_publications() }}) as before using (partition_date)
        left join ({{ daily_partitions.figures_of(daily_partitions.passed_ranges()) }}) as figures using (partition_date)
        order by plan.partition_date
    {%- endset -%}
    {%- set days = run_query(query) -%}
    {%- set standing = run_query(
        "select partition_date, reason from (" ~ daily_partitions.day_states(daily_partitions.judged_ranges(), daily_partitions.relation_of("source_days")) ~ ")"
        ~ " where status = 'failed' and action is distinct from 'run' order by partition_date"
    ) if not daily_partitions.run_window() else [] -%}
    {%- set line = "%-10s  %-6s %9s %9s %9s" ~ " %16s %16s" * daily_partitions.figures() | length ~ "  %s" -%}
    {%- set titles = [] -%}
    {%- for title in daily_partitions.titles_of_figures() -%} {%- do titles.extend([title ~ " now", "then"]) -%} {%- endfor -%}
    {%- set lines = [
        line | format(*(["day", "action", "rows now", "then", "rejected"] + titles + ["why"])) if days | length else "The next run would do nothing"
    ] -%}
    {%- for day in days -%}
        {%- set values = [] -%}
        {%- for name in daily_partitions.figures() -%} {%- do values.extend([day[name ~ "_now"], day[name ~ "_then"]]) -%} {%- endfor -%}
        {%- set values = [day["partition_date"], day["action"], day["rows_now"], day["rows_then"], day["rejected_then"]] + values -%}
        {%- do lines.append(line | format(*(values + [day["reason"]]))) -%}
    {%- endfor -%}
    {%- for day in standing -%}
        {%- do lines.append(day["partition_date"] ~ "  failed before and stands: " ~ day["reason"]) -%}
    {%- endfor -%}
    {#- With nothing to run the feed is read all the same: that no date of it can be read may be why -#}
    {%- set unread -%}
        (select null::date as partition_date from ({{ daily_partitions.judged_rows([daily_partitions.health_window()], daily_partitions.day_column() ~ " is null") }}))
    {%- endset -%}
    {%- do daily_partitions.print_lines(lines + (daily_partitions.undated_rows() if days | length else daily_partitions.undated_rows(unread))) -%}
{% endmacro %}

{% macro report_run() %}
    {%- if execute and flags.WHICH in ["run", "build"] -%}
        {%- do daily_partitions.give_days() -%}
        {%- if daily_partitions.is_preview() -%}
            {%- do daily_partitions.print_preview() -%}
        {%- else -%}
            {%- set fault_of_copy = daily_partitions.copy_for_readers() -%}
            {%- set days = daily_partitions.recorded_days() -%}
            {%- if days | length -%}
                {%- do daily_partitions.print_days(days) -%}
            {%- endif -%}
            {%- set is_health_new = results | selectattr("node.name", "equalto", "partition_health") | selectattr("status", "equalto", "success") | list -%}
            {%- if is_health_new and not daily_partitions.run_window() -%}
                {%- do daily_partitions.print_health() -%}
            {%- endif -%}
            {%- set faults = daily_partitions.faults_of_days(days) + (daily_partitions.standing_days() if is_health_new and daily_partitions.is_selected("partition_plan") and not daily_partitions.run_window() else [])
                + daily_partitions.unreadable_feed() + fault_of_copy -%}
            {%- if faults -%}
                {#- A failing statement ends dbt with a non-zero exit code; what is raised here by Jinja would look like an interrupt -#}
                select error({{ daily_partitions.sql_text(faults | join(". ")) }})
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro recorded_days() %}
    {#- The days of this run with its verdict on each, and what the ledger has of them if the run got so far -#}
    {%- set audit = daily_partitions.relation_of("partition_audit") -%}
    {%- set ledger = daily_partitions.relation_of("partition_ledger") -%}
    {%- if load_relation(audit) is none -%}
        {{ return([]) }}
    {%- endif -%}
    {%- if load_relation(ledger) is none or not run_query("from " ~ ledger ~ " where run_id = '" ~ invocation_id ~ "' limit 1") | length -%}
        {%- set verdicts = "select partition_date, status, reason, broken_rules, rejected_count, null as row_count, null as path, null as files,"
            ~ " from " ~ audit ~ " where run_id = '" ~ invocation_id ~ "' and status = 'failed' order by partition_date" -%}
        {{ return(run_query(verdicts)) }}
    {%- endif -%}
    {%- set days -%}
        select * replace ({% for name in daily_partitions.figures() %} {{ daily_partitions.shown_figure(name) }} as {{ name }}, {% endfor %} row_count as row_count)
        from {{ ledger }}
        left join (
            select partition_date, list(path order by model = '{{ (daily_partitions.pipeline("exports") or [""]) | first }}' desc)[1] as path, count(path) as files
            from {{ daily_partitions.relation_of("partition_outputs") }}
            where run_id = '{{ invocation_id }}'
            group by partition_date
        ) using (partition_date)
        where run_id = '{{ invocation_id }}'
        order by partition_date
    {%- endset -%}
    {{ return(run_query(days)) }}
{% endmacro %}


{% macro shown_figure(name, column=none) %}
    {#- With as many decimals as its mart has -#}
    {%- set figure = daily_partitions.figures()[name] -%}
    {%- set mart = load_relation(daily_partitions.relation_of(figure.mart)) or daily_partitions.earlier(figure.mart) -%}
    {%- set type = daily_partitions.columns_of("(select " ~ figure.sql ~ " as figure from " ~ mart ~ ")")["figure"] if mart else daily_partitions.figure_type() -%}
    {{- return("cast(" ~ (column or name) ~ " as " ~ type ~ ")") -}}
{% endmacro %}


{% macro faults_of_days(days) %}
    {%- set failed = [] -%}
    {%- set unwritten = [] -%}
    {%- set rejecting = [] -%}
    {%- for day in days -%}
        {%- if day["status"] == "failed" -%}
            {%- do failed.append(day["partition_date"] ~ " (" ~ day["reason"] ~ ")") -%}
            {%- if "too_many_rejected" in day["broken_rules"] -%} {%- do rejecting.append(day) -%} {%- endif -%}
        {%- elif day["action"] != "release" and (day["files"] or 0) < daily_partitions.pipeline("exports") | length -%}
            {%- do unwritten.append(day["partition_date"] | string) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set faults = [] -%}
    {%- if failed -%}
        {%- do faults.append(
            failed | length ~ " of " ~ days | length ~ " days failed their audit and were left as they were: " ~ failed | join(", ")
            ~ (". The bad rows are in rejected_rows" if rejecting else "")
        ) -%}
    {%- endif -%}
    {%- if unwritten -%}
        {%- do faults.append(
            unwritten | length ~ " of " ~ days | length ~ " days were published, but their files could not be written to "
            ~ daily_partitions.export_path("") ~ ": " ~ unwritten | join(", ") ~ ". Make room for them there; then dbt run exports them"
        ) -%}
    {%- endif -%}
    {{ return(faults) }}
{% endmacro %}


{% macro standing_days() %}
    {#- Who looks for days that are wrong leaves those that failed before: a scheduler must see that they stand -#}
    {%- set days = run_query(
        "select partition_date, reason from " ~ daily_partitions.relation_of("partition_health") ~ " where status = 'failed' and action is distinct from 'run'"
        ~ " and run_id != '" ~ invocation_id ~ "' order by partition_date"
    ) -%}
    {%- set standing = [] -%}
    {%- for day in days -%} {%- do standing.append(day["partition_date"] ~ " (" ~ day["reason"] ~ ")") -%} {%- endfor -%}
    {{ return([
        standing | length ~ " days that failed before stand as they were: " ~ standing | join(", ") ~ ". They are tried again when the feed changes,"
        ~ " when they are asked for by name, or when accepted_days names them"
    ] if standing else []) }}
{% endmacro %}


{% macro print_days(days) %}
    {%- set line = "%-10s  %-12s %10s %10s" ~ " %18s" * daily_partitions.figures() | length ~ "  %s" -%}
    {%- set lines = [line | format(*(["day", "status", "rows", "rejected"] + daily_partitions.titles_of_figures() + ["file"]))] -%}
    {#- Of a long range only what needs a look -#}
    {%- for day in days if days | length <= 31 or day["status"] == "failed" -%}
        {%- set values = [] -%}
        {%- for name in daily_partitions.figures() -%} {%- do values.append(day[name] if name in days.column_names else "") -%} {%- endfor -%}
        {%- set done = {"restore": "restored", "release": "released"}.get(day["action"]) if day["status"] == "materialized" -%}
        {%- set values = [day["partition_date"], done or day["status"], day["row_count"], day["rejected_count"]] + values -%}
        {%- do lines.append(line | format(*(values + [day["path"] or day["reason"] or ""]))) -%}
    {%- endfor -%}
    {%- if days | length > 31 -%}
        {%- do lines.append("Of more than 31 days only those that failed are listed; all are in partition_ledger") -%}
    {%- endif -%}
    {%- if days | length > 1 and "finished_at" in days.column_names -%}
        {%- set sums = [] -%}
        {%- for name in daily_partitions.figures() -%} {%- do sums.append(days.columns[name].values() | reject("none") | sum) -%} {%- endfor -%}
        {%- set sums = [days.columns["row_count"].values() | sum, days.columns["rejected_count"].values() | sum] + sums -%}
        {%- set failed = days.columns["status"].values() | select("equalto", "failed") | list | length -%}
        {%- do lines.append(line | format(*([days | length ~ " days", failed ~ " failed"] + sums + [""]))) -%}
    {%- endif -%}
    {%- for day in days if "warnings" in days.column_names -%}
        {%- if day["warnings"] -%} {%- do lines.append(day["partition_date"] ~ "  warning: " ~ day["warnings"]) -%} {%- endif -%}
        {%- if day["accepted"] -%} {%- do lines.append(day["partition_date"] ~ "  " ~ day["accepted"]) -%} {%- endif -%}
    {%- endfor -%}
    {%- do lines.extend(daily_partitions.undated_rows()) -%}
    {%- do daily_partitions.print_lines(lines) -%}
{% endmacro %}


{% macro titles_of_figures() %}
    {{ return(daily_partitions.figures().keys() | map("replace", "_", " ") | list) }}
{% endmacro %}


{% macro undated_rows(rejected=none) %}
    {%- set rejected = rejected or daily_partitions.relation_of("rejected_rows") -%}
    {%- set rows = run_query("select count(*) as row_count from " ~ rejected ~ " where partition_date is null")[0]["row_count"] -%}
    {{ return(["Rows whose date cannot be read, which belong to no day: " ~ rows ~ (", see rejected_rows" if not daily_partitions.is_preview() else "")] if rows else []) }}
{% endmacro %}


{% macro print_lines(lines) %}
    {#- At once: who looks at the first lines alone (head) closes the pipe, and each line after that would be an error of its own -#}
    {%- do print(lines | join("\n")) -%}
{% endmacro %}


{% macro print_health() %}
    {%- set health = daily_partitions.relation_of("partition_health") -%}
    {%- set states = run_query("select status, count(*) as day_count from " ~ health ~ " group by status order by status") -%}
    {%- set counts = [] -%}
    {%- for state in states -%} {%- do counts.append(state["day_count"] ~ " " ~ state["status"]) -%} {%- endfor -%}
    {%- set wrong = run_query(
        "select * from " ~ health ~ " where status not in ('materialized', 'empty', 'outdated') order by partition_date"
    ) -%}
    {%- set lines = ["Health of " ~ states.columns["day_count"].values() | sum ~ " days: " ~ counts | join(", ")] -%}
    {%- for day in wrong -%}
        {%- if loop.index <= 31 -%}
            {%- do lines.append(day["partition_date"] ~ "  " ~ day["status"] ~ ": " ~ day["reason"] ~ (
                "" if day["action"] or day["status"] != "failed" else "; not tried again until the feed changes or the day is asked for by name"
            )) -%}
        {%- elif loop.index == 32 -%}
            {%- do lines.append("… and " ~ (loop.length - 31) ~ " more, see partition_health") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if states.columns["status"].values() | select("equalto", "outdated") | list -%}
        {%- do lines.append("Outdated days were made by other SQL than today's, and are left so; this runs them: dbt run --vars '{rebuild_outdated: true}'") -%}
    {%- endif -%}
    {%- if not wrong.columns["status"].values() | reject("equalto", "pinned") | list -%}
        {%- do lines.append("No day is wrong") -%}
    {%- endif -%}
    {%- do daily_partitions.print_lines(lines) -%}
{% endmacro %}

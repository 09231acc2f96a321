{% macro changes(since=none, format="table") %}
    {#- dbt run-operation changes --target preview --args '{since: 12, format: json}' -#}
    {%- if format not in ["table", "json"] -%}
        {%- do exceptions.raise_compiler_error("format: got '" ~ format ~ "', expected table or json. This works: dbt run-operation changes --target preview") -%}
    {%- endif -%}
    {%- set changes = "(" ~ daily_partitions.earlier_changes() ~ ") where " ~ daily_partitions.is_since(since) -%}
    {%- if format == "json" -%}
        {%- set text = run_query("select coalesce(to_json(list(found order by found.run_number, found.partition_date)), '[]')::varchar as json from (select found from (from " ~ changes ~ ") as found)") -%}
        {%- do daily_partitions.print_lines([text[0]["json"]]) -%}
    {%- else -%}
        {%- set line = "%-10s  %-9s %5s %10s" ~ " %20s" * daily_partitions.figures() | length ~ "  %s" -%}
        {%- set lines = [line | format(*(["day", "change", "run", "rows"] + daily_partitions.titles_of_figures() + ["why"]))] -%}
        {%- set shown = ["*"] -%}
        {%- for name in daily_partitions.figures() -%} {%- do shown.append(daily_partitions.shown_figure(name) ~ " as " ~ name ~ "_shown") -%} {%- endfor -%}
        {%- set rows = run_query("select " ~ shown | join(", ") ~ " from " ~ changes ~ " order by run_number, partition_date") -%}
        {%- for row in rows -%}
            {%- set values = [row["partition_date"], row["change"], row["run_number"], row["row_count"]] -%}
            {%- for name in daily_partitions.figures() -%} {%- do values.append(row[name ~ "_shown"]) -%} {%- endfor -%}
            {%- do lines.append(line | format(*(values + [row["reason"]]))) -%}
        {%- endfor -%}
        {%- do daily_partitions.print_lines(lines if rows | length else ["No day has changed" ~ (" since " ~ since if since else "")]) -%}
    {%- endif -%}
{% endmacro %}


{% macro is_since(since) %}
    {%- if since is none -%}
        {{ return("true") }}
    {%- endif -%}
    {%- set text = daily_partitions.sql_text(since | string) -%}
    {%- set found = run_query(
        "select max(run_number) as run_number, try_cast(" ~ text ~ " as timestamptz) as moment from " ~ daily_partitions.earlier_rows("partition_ledger")
        ~ " where " ~ text ~ " in (run_id, run_number::varchar)"
    )[0] -%}
    {%- if found["run_number"] is none and found["moment"] is none -%}
        {%- do exceptions.raise_compiler_error(
            "since: got '" ~ since ~ "', expected the number or the id of a run, or a time. This works: dbt run-operation changes --target preview"
            ~ " --args '{since: 2026-01-15 09:00+09}'"
        ) -%}
    {%- endif -%}
    {{- return("run_number > " ~ found["run_number"] if found["run_number"] is not none else "changed_at > " ~ text ~ "::timestamptz") -}}
{% endmacro %}


{% macro earlier_changes() %}
    {#- As partition_changes; a view of the warehouse has its name in it, under which it may not be attached -#}
    {{ return(daily_partitions.changed_days(
        daily_partitions.earlier_rows("partition_plan"), daily_partitions.earlier_rows("partition_ledger"), daily_partitions.earlier_rows("partition_outputs")
    )) }}
{% endmacro %}

{% macro report_run() %}
    {%- set audit = ref("partition_audit") -%}
    {%- set ledger = ref("partition_ledger") -%}
    {%- set rejected_sales = ref("rejected_sales") -%}
    {%- set health = ref("partition_health") -%}
    {%- if execute and flags.WHICH in ["run", "build"] -%}
        {%- set of_this_run = " where run_id = '" ~ invocation_id ~ "' order by partition_date" -%}
        {%- set failed = [] -%}
        {%- if load_relation(audit) is not none -%}
            {%- for day in run_query("select * from " ~ audit ~ of_this_run) if day["status"] == "failed" -%}
                {%- do failed.append(day["partition_date"] ~ " (" ~ day["reason"] ~ ")") -%}
            {%- endfor -%}
        {%- endif -%}

        {%- set unwritten = [] -%}
        {%- set recorded = [] -%}
        {%- if load_relation(ledger) is not none -%}
            {%- set amount = "cast(total_amount as " ~ amount_type(sum=true) ~ ") as total_amount" -%}
            {%- set recorded = run_query("select * replace (" ~ amount ~ ") from " ~ ledger ~ of_this_run) -%}
            {%- for day in recorded if day["status"] != "failed" and not (day["output_path"] and day["summary_output_path"]) -%}
                {%- do unwritten.append(day["partition_date"] | string) -%}
            {%- endfor -%}
            {%- if recorded | length -%}
                {%- set undated = run_query("select count(*) as row_count from " ~ rejected_sales ~ " where date is null") -%}
                {%- do print_days(recorded, failed | length, undated[0]["row_count"]) -%}
            {%- endif -%}
        {%- endif -%}
        {%- for result in results if result.node.name == "partition_health" and result.status == "success" and not run_window() -%}
            {%- do print_health(health) -%}
        {%- endfor -%}

        {%- if failed or unwritten -%}
            {#- A failing statement ends dbt with a non-zero exit code; what is raised here by Jinja would look like an interrupt -#}
            {%- set faults = [] -%}
            {%- if failed -%}
                {%- do faults.append(
                    failed | length ~ " of " ~ recorded | length ~ " days failed their audit and were left as they were: "
                    ~ failed | join(", ") ~ ". The bad rows are in rejected_sales"
                ) -%}
            {%- endif -%}
            {%- if unwritten -%}
                {%- do faults.append(
                    unwritten | length ~ " of " ~ recorded | length ~ " days were published, but their files could not be written to "
                    ~ export_path("") ~ ": " ~ unwritten | join(", ") ~ ". Make room for them there; then dbt run exports them"
                ) -%}
            {%- endif -%}
            select error({{ sql_text(faults | join(". ")) }})
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro print_days(days, failed_count, undated_count) %}
    {%- set line = "%-10s  %-12s %10s %10s %18s  %s" -%}
    {%- set lines = [] -%}
    {%- do lines.append(line | format("day", "status", "rows", "rejected", "total amount", "file")) -%}
    {#- Of a long range only what needs a look -#}
    {%- for day in days if days | length <= 31 or day["status"] == "failed" -%}
        {%- do lines.append(line | format(
            day["partition_date"], day["status"], day["row_count"], day["rejected_count"], day["total_amount"],
            day["output_path"] or day["reason"],
        )) -%}
    {%- endfor -%}
    {%- if days | length > 31 -%}
        {%- do lines.append("Of more than 31 days only those that failed are listed; all are in partition_ledger") -%}
    {%- endif -%}
    {%- if days | length > 1 -%}
        {%- do lines.append(line | format(
            days | length ~ " days", failed_count ~ " failed", days.columns["row_count"].values() | sum,
            days.columns["rejected_count"].values() | sum, days.columns["total_amount"].values() | sum, "",
        )) -%}
    {%- endif -%}
    {%- if undated_count -%}
        {%- do lines.append(undated_rows(undated_count) ~ ", see rejected_sales") -%}
    {%- endif -%}
    {%- do print_lines(lines) -%}
{% endmacro %}


{% macro undated_rows(row_count) %}
    {{- return("Rows whose date cannot be read, which belong to no day: " ~ row_count) -}}
{% endmacro %}


{% macro print_lines(lines) %}
    {#- At once: who looks at the first lines alone (head) closes the pipe, and each line after that would be an error of its own -#}
    {%- do print(lines | join("\n")) -%}
{% endmacro %}


{% macro print_health(health) %}
    {%- set states = run_query("select status, count(*) as day_count from " ~ health ~ " group by status order by status") -%}
    {%- set counts = [] -%}
    {%- for state in states -%} {%- do counts.append(state["day_count"] ~ " " ~ state["status"]) -%} {%- endfor -%}
    {%- set wrong = run_query(
        "select * from " ~ health ~ " where status not in ('materialized', 'empty') order by partition_date"
    ) -%}
    {%- set lines = [] -%}
    {%- do lines.append("Health of " ~ states.columns["day_count"].values() | sum ~ " days: " ~ counts | join(", ")) -%}
    {%- for day in wrong -%}
        {%- if loop.index <= 31 -%}
            {%- do lines.append(day["partition_date"] ~ "  " ~ day["status"] ~ ": " ~ day["reason"] ~ (
                "" if day["action"] else "; not tried again until the feed changes or the day is asked for by name"
            )) -%}
        {%- elif loop.index == 32 -%}
            {%- do lines.append("… and " ~ (loop.length - 31) ~ " more, see partition_health") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not wrong | length -%}
        {%- do lines.append("No day is wrong") -%}
    {%- endif -%}
    {%- do print_lines(lines) -%}
{% endmacro %}

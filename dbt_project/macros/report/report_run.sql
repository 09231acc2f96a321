{% macro report_run() %}
    {%- set audit = ref("partition_audit") -%}
    {%- set ledger = ref("partition_ledger") -%}
    {%- set rejected_sales = ref("rejected_sales") -%}
    {%- if execute and flags.WHICH in ["run", "build"] and load_relation(audit) is not none -%}
        {%- set of_this_run = " where run_id = '" ~ invocation_id ~ "' order by partition_date" -%}
        {%- set days = run_query("select * from " ~ audit ~ of_this_run) -%}
        {%- set failed = [] -%}
        {%- for day in days if day["status"] == "failed" -%}
            {%- do failed.append(day["partition_date"] ~ " (" ~ day["reason"] ~ ")") -%}
        {%- endfor -%}

        {%- if days | length and load_relation(ledger) is not none -%}
            {%- set amount = "cast(total_amount as " ~ amount_type(sum=true) ~ ") as total_amount" -%}
            {%- set recorded = run_query("select * replace (" ~ amount ~ ") from " ~ ledger ~ of_this_run) -%}
            {%- set undated = run_query("select count(*) as row_count from " ~ rejected_sales ~ " where date is null") -%}
            {%- if recorded | length -%}
                {%- do print_days(recorded, failed | length, undated[0]["row_count"]) -%}
            {%- endif -%}
        {%- endif -%}

        {%- if failed -%}
            {#- A failing statement ends dbt with a non-zero exit code; what is raised here by Jinja would look like an interrupt -#}
            select error({{ sql_text(
                failed | length ~ " of " ~ days | length ~ " days failed their audit and were left as they were: "
                ~ failed | join(", ") ~ ". The bad rows are in rejected_sales"
            ) }})
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro print_days(days, failed_count, undated_count) %}
    {%- set line = "%-10s  %-12s %10s %10s %18s  %s" -%}
    {%- do print(line | format("day", "status", "rows", "rejected", "total amount", "file")) -%}
    {#- Of a long range only what needs a look -#}
    {%- for day in days if days | length <= 31 or day["status"] == "failed" -%}
        {%- do print(line | format(
            day["partition_date"], day["status"], day["row_count"], day["rejected_count"], day["total_amount"],
            day["output_path"] or day["reason"],
        )) -%}
    {%- endfor -%}
    {%- if days | length > 1 -%}
        {%- do print(line | format(
            days | length ~ " days", failed_count ~ " failed", days.columns["row_count"].values() | sum,
            days.columns["rejected_count"].values() | sum, days.columns["total_amount"].values() | sum, "",
        )) -%}
    {%- endif -%}
    {%- if undated_count -%}
        {%- do print("Rows whose date cannot be read, which belong to no day: " ~ undated_count ~ ", see rejected_sales") -%}
    {%- endif -%}
{% endmacro %}

{% macro preview() %}
    {%- do check_vars() -%}
    {%- do check_feed() -%}
    {#- Temporary tables belong to this connection alone: nothing is written -#}
    {%- do run_query("create temporary table source_now as " ~ days_of_source()) -%}
    {%- set malformed = count_malformed_lines("source_now") -%}
    {%- if malformed.strip() -%}
        {%- do run_query(malformed) -%}
    {%- endif -%}
    {%- do run_query("create temporary table days_to_come as " ~ asked_days("source_now")) -%}
    {%- set ranges = contiguous_ranges("days_to_come", "action = 'run'") -%}
    {%- set query -%}
        with

            after as (
                select date as partition_date, count(*) as row_count, sum(quantity * price) as total_amount
                from ({{ judged_sales(feed(source("raw", "sales"), ranges), wanted=in_ranges("date", ranges, computed=true)) }})
                where rejected_reason is null
                group by date
            )

        select
            partition_date,
            action,
            reason,
            coalesce(before.row_count, 0) as rows_now,
            coalesce(cast(before.total_amount as {{ amount_type(sum=true) }}), 0) as amount_now,
            if(action = 'run', coalesce(after.row_count, 0), coalesce(before.row_count, 0)) as rows_then,
            cast(
                if(action = 'run', coalesce(after.total_amount, 0), coalesce(before.total_amount, 0)) as {{ amount_type(sum=true) }}
            ) as amount_then,
        from days_to_come
        left join ({{ published_days() }}) as before using (partition_date)
        left join after using (partition_date)
        order by partition_date
    {%- endset -%}
    {%- do print_preview(run_query(query)) -%}
{% endmacro %}


{% macro print_preview(days) %}
    {%- set line = "%-10s  %-6s %9s %9s %16s %16s  %s" -%}
    {%- if not days | length -%}
        {%- do print("The next run would do nothing") -%}
    {%- else -%}
        {%- do print(line | format("day", "action", "rows now", "then", "amount now", "then", "why")) -%}
    {%- endif -%}
    {%- for day in days -%}
        {%- do print(line | format(
            day["partition_date"], day["action"], day["rows_now"], day["rows_then"], day["amount_now"], day["amount_then"], day["reason"]
        )) -%}
    {%- endfor -%}
{% endmacro %}

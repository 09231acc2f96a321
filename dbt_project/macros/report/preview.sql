{% macro preview() %}
    {%- do check_vars() -%}
    {%- do check_places() -%}
    {%- do check_feed() -%}
    {#- Temporary tables belong to this connection alone: nothing is written -#}
    {%- do run_query("create temporary table source_now as " ~ days_of_source()) -%}
    {%- set malformed = count_malformed_lines("source_now") -%}
    {%- if malformed.strip() -%}
        {%- do run_query(malformed) -%}
    {%- endif -%}
    {%- do run_query("create temporary table days_to_come as " ~ asked_days("source_now")) -%}
    {%- set ranges = contiguous_ranges("days_to_come", "action = 'run'") -%}
    {#- With nothing to run the feed is read all the same: that no date of it can be read may be why -#}
    {%- set looked_at = ranges or ([] if path_of_day() else [health_window()]) -%}
    {%- set is_to_run = in_ranges("date", ranges, computed=true) -%}
    {%- set wanted = "date is null or " ~ is_to_run -%}
    {%- set after -%}
        create temporary table sales_then as
        select
            date as partition_date,
            count(*) - count(rejected_reason) as row_count,
            count(rejected_reason) as rejected_count,
            sum(if(rejected_reason is null, quantity * price, null)) as total_amount,
        from ({{ judged_sales(feed(source("raw", "sales"), looked_at), wanted) }})
        group by date
    {%- endset -%}
    {%- do run_query(after) -%}
    {%- set malformed = malformed_lines(looked_at) -%}
    {%- if malformed -%}
        {%- set lines -%}
            {{ refuse_open_quotes() }}
            insert into sales_then (partition_date, rejected_count)
            select if({{ is_to_run }}, date, null), 1 from ({{ malformed }}) where {{ wanted }};
        {%- endset -%}
        {%- do run_query(lines) -%}
    {%- endif -%}
    {%- set query -%}
        select
            partition_date,
            action,
            reason,
            coalesce(before.row_count, 0) as rows_now,
            coalesce(cast(before.total_amount as {{ amount_type(sum=true) }}), 0) as amount_now,
            if(action = 'run', cast(coalesce(after.rejected_count, 0) as varchar), '') as rejected_then,
            if(action = 'run', coalesce(after.row_count, 0), coalesce(before.row_count, 0)) as rows_then,
            cast(
                if(action = 'run', coalesce(after.total_amount, 0), coalesce(before.total_amount, 0)) as {{ amount_type(sum=true) }}
            ) as amount_then,
        from days_to_come
        left join ({{ published_days() }}) as before using (partition_date)
        left join (
            select
                partition_date,
                sum(row_count) as row_count,
                sum(rejected_count) as rejected_count,
                sum(total_amount) as total_amount,
            from sales_then
            group by partition_date
        ) as after using (partition_date)
        order by partition_date
    {%- endset -%}
    {%- set undated = run_query("select rejected_count from sales_then where partition_date is null") -%}
    {%- do print_preview(run_query(query), undated.columns["rejected_count"].values() | sum) -%}
{% endmacro %}


{% macro print_preview(days, undated_count) %}
    {%- set line = "%-10s  %-6s %9s %9s %9s %16s %16s  %s" -%}
    {%- set lines = [] -%}
    {%- if not days | length -%}
        {%- do lines.append("The next run would do nothing") -%}
    {%- else -%}
        {%- do lines.append(line | format("day", "action", "rows now", "then", "rejected", "amount now", "then", "why")) -%}
    {%- endif -%}
    {%- for day in days -%}
        {%- do lines.append(line | format(
            day["partition_date"], day["action"], day["rows_now"], day["rows_then"], day["rejected_then"], day["amount_now"],
            day["amount_then"], day["reason"],
        )) -%}
    {%- endfor -%}
    {%- if undated_count -%}
        {%- do lines.append(undated_rows(undated_count)) -%}
    {%- endif -%}
    {%- do print_lines(lines) -%}
{% endmacro %}

{% macro rows_hashes(ranges, leave_out="false") %}
    {%- set marts = [] -%}
    {%- for name in ["daily_sales", "daily_sales_summary"] -%}
        {%- set mart = earlier(name) -%}
        {%- if mart -%}
            {%- do marts.append(
                "select date, hash('" ~ name ~ "', *columns(*)) as row_hash from " ~ mart ~ " where " ~ in_ranges("date", ranges) ~ " and not (" ~ leave_out ~ ")"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if marts -%}
        select date as partition_date, sum(row_hash) as rows_hash
        from ({{ marts | join(" union all ") }})
        group by date
    {%- else -%}
        select null::date as partition_date, null::hugeint as rows_hash where false
    {%- endif -%}
{% endmacro %}


{% macro as_recorded(rows_hash) %}
    {{- "concat(version(), ' ', coalesce(" ~ rows_hash ~ ", 0))" -}}
{% endmacro %}

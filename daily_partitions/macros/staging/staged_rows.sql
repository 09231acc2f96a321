{% macro staged_rows() %}
    {#- A row whose date cannot be read belongs to no day, and is shown by every run that meets it -#}
    {%- if not execute -%} {%- do ref("partition_plan") -%} {%- endif -%}
    {%- set ranges = daily_partitions.planned_ranges() -%}
    {{ daily_partitions.judged_rows(ranges, wanted=daily_partitions.day_column() ~ " is null or " ~ daily_partitions.in_ranges(daily_partitions.day_column(), ranges, computed=true)) }}
{% endmacro %}


{% macro judged_rows(ranges, wanted) %}
    {#- The one place where text becomes typed rows with a reason for each that is rejected: runs, health and preview read it -#}
    {%- set day = daily_partitions.day_column() -%}
    {%- set columns = daily_partitions.declared_columns() -%}
    with

        -- all text, so that what cannot be read can still be shown
        dated as (select {{ daily_partitions.day_of_row("raw_" ~ daily_partitions.day_source()) if execute else "null" }} as {{ day }}, * from {{ daily_partitions.feed(daily_partitions.feed_source(), ranges) }}),

        {#- First of all, so that nothing else is looked at of the rows of other days #}
        wanted as (select * from dated where {{ wanted }}),

        typed as (
            select
                *,
                {%- for column in columns if column.name != day %}
                {{ daily_partitions.typed_value(column) }} as {{ column.name }},
                {%- endfor %}
            from wanted
        ),

        judged as (
            select
                *,
                case
                    when {{ day }} is null then '{{ daily_partitions.day_source() }}_unreadable'
                    {%- for column in columns if column.name != day %} {{ daily_partitions.faults(column) }} {%- endfor %}
                    {%- for reason, sql in (daily_partitions.feed_meta("rejected_when") or {}).items() %}
                    when {{ sql }} then '{{ reason }}'
                    {%- endfor %}
                end as rejected_reason,
            from typed
        )

    select
        {{ day }},
        {%- for column in columns if column.name != day %}
        {{ column.name }},
        {%- endfor %}
        rejected_reason,
        if(rejected_reason is not null, {{ daily_partitions.csv_line(columns | map(attribute="name")) if columns else "null" }}, null) as raw_text,
    from judged
{% endmacro %}


{% macro fingerprint() %}
    {#- A cryptographic hash takes as long as the rest of the scan. This one may be another in the next version of DuckDB -#}
    {%- set names = [daily_partitions.day_column()] -%}
    {%- for column in daily_partitions.declared_columns() if column.name != daily_partitions.day_column() -%} {%- do names.append(column.name) -%} {%- endfor -%}
    {{- "if(rejected_reason is null, hash(" ~ names | join(", ") ~ "), hash(raw_text))" -}}
{% endmacro %}

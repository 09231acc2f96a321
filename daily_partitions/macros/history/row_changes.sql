{% macro note_changed_days(rows, days) %}
    {#- By a hash of each day's rows, for to write a day takes longer than to read it twice -#}
    create or replace temp table {{ daily_partitions.scratch("changed_days") }} as
    select day
    from ({{ daily_partitions.hashed_days(this, days) }}) as before
    full join ({{ daily_partitions.hashed_days("(" ~ rows ~ ")", days) }}) as after using (day)
    where before.rows_hash is distinct from after.rows_hash;

    create or replace temp table {{ daily_partitions.scratch("rows_before") }} as
    from {{ this }}
    where {{ days }} and {{ daily_partitions.day_column() }} in (from {{ daily_partitions.scratch("changed_days") }});
{% endmacro %}


{% macro hashed_days(rows, days) %}
    select day, sum(row_hash) as rows_hash
    from (select {{ daily_partitions.day_column() }} as day, hash(*columns(*)) as row_hash from {{ rows }} where {{ days }})
    group by day
{% endmacro %}


{% macro scratch(name) %}
    {#- A table of this model's transaction alone -#}
    {{- return(adapter.quote(name ~ " of " ~ this.identifier)) -}}
{% endmacro %}


{% macro keep_row_changes(after, before, days, columns) %}
    {#- What went and what came of the days that had been published before, and no more of it than is to be kept -#}
    {%- set changes = daily_partitions.relation_of("partition_row_changes") -%}
    {%- if daily_partitions.is_preview() -%}
    {%- elif not daily_partitions.setting("kept_versions") %}
    {#- Those before a change that is not kept lead nowhere #}
    delete from {{ changes }}
    where model = '{{ this.name }}' and {{ daily_partitions.in_ranges("partition_date", daily_partitions.passed_ranges()) }};
    {%- elif daily_partitions.earlier("partition_outputs") %}
    insert into {{ changes }} by name
    with
        published as (
            select distinct partition_date from {{ daily_partitions.earlier("partition_outputs") }} where model = '{{ this.name }}'
        ),

        differences as (
            select * exclude ("one row"), sum("one row") as "more rows"
            from (
                select *, 1 as "one row" from ({{ after }})
                {%- if before %}
                union all by name
                select *, -1 as "one row" from {{ before }}
                {%- endif %}
            )
            where {{ days }} and {{ daily_partitions.day_column() }} in (from published)
            group by all
            having "more rows" != 0
        )

    select
        '{{ invocation_id }}' as run_id,
        {{ daily_partitions.number_of_run() }} as run_number,
        {{ daily_partitions.day_column() }} as partition_date,
        '{{ this.name }}' as model,
        if("more rows" > 0, 'added', 'removed') as change,
        abs("more rows")::bigint as row_count,
        {{ daily_partitions.row_as_json(columns) }} as changed_row,
    from differences
    order by partition_date;

    delete from {{ changes }}
    where model = '{{ this.name }}' and (partition_date, run_number) in (
        select partition_date, run_number
        from (
            select distinct partition_date, run_number
            from {{ changes }}
            where model = '{{ this.name }}' and partition_date in (
                select partition_date from {{ changes }} where model = '{{ this.name }}' and run_id = '{{ invocation_id }}'
            )
        )
        qualify row_number() over (partition by partition_date order by run_number desc) > {{ daily_partitions.setting("kept_versions") }}
    );
    {%- endif %}
{% endmacro %}


{% macro row_as_json(columns) %}
    {#- Each value as text, which a number in JSON would not be without loss -#}
    {%- set terms = [] -%}
    {%- for name in columns -%} {%- do terms.append(adapter.quote(name) ~ " := " ~ adapter.quote(name) ~ "::varchar") -%} {%- endfor -%}
    {{- return("to_json(struct_pack(" ~ terms | join(", ") ~ "))") -}}
{% endmacro %}

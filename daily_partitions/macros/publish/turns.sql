{#- On a lake runs work at once, each on its own days. What they share they change one after the other: each takes the turn before its
    transaction begins, for what it sees is what was there when it began. On a file, which one process has at a time, this is nothing -#}


{% macro take_days() %}
    {#- Waits for the days of the run, and has them until it ends. The first run makes the tables, and a full refresh has all days: alone -#}
    {%- if daily_partitions.is_lake() -%}
        {%- set window = daily_partitions.run_window() -%}
        {%- set days = daily_partitions.days_of([window]) if window else [] -%}
        {%- set is_first = not run_query(daily_partitions.tables_of_lake() ~ " and table_name = 'partition_ledger'") | length -%}
        {%- set is_alone = is_first or flags.FULL_REFRESH or days | length > 500 -%}
        {%- do daily_partitions.of_run().update({"has_its_days": is_alone or days}) -%}
        {%- do daily_partitions.ask_catalog("days_taken(" ~ daily_partitions.sql_list([] if is_alone else days) ~ ", " ~ is_alone ~ ")") -%}
        {#- What other runs have made since dbt looked -#}
        {%- for table in run_query(daily_partitions.tables_of_lake()) -%}
            {%- do adapter.cache_added(api.Relation.create(
                database=target.database, schema=target.schema, identifier=table["table_name"], type="view" if table["table_type"] == "VIEW" else "table"
            )) -%}
        {%- endfor -%}
        {%- if is_first -%}
            {%- do run_query("create table if not exists " ~ daily_partitions.turns() ~ " as select 0::bigint as turn_number") -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro ask_catalog(call) %}
    {%- set fault = run_query("select " ~ call ~ " as fault")[0]["fault"] -%}
    {%- if fault -%} {%- do exceptions.raise_compiler_error(fault) -%} {%- endif -%}
{% endmacro %}


{% macro tables_of_lake() %}
    select table_name, table_type
    from information_schema.tables
    where table_catalog = '{{ target.database }}' and table_schema = '{{ target.schema }}'
{%- endmacro %}


{% macro turns() %}
    {{- return(api.Relation.create(database=target.database, schema=target.schema, identifier="partition_turns")) -}}
{% endmacro %}


{% macro take_turn() %}
    {%- if execute and daily_partitions.is_lake() -%}
        {%- do adapter.commit() -%}
        {%- do daily_partitions.ask_catalog("turn_taken()") -%}
    {%- endif -%}
{% endmacro %}


{% macro mark_turn() %}
    {#- The first statement of a turn's transaction. Of two that have the turn, since one has lost it without knowing, one fails -#}
    {%- if daily_partitions.is_lake() %}
    update {{ daily_partitions.turns() }} set turn_number = turn_number + 1;
    {%- endif %}
{% endmacro %}


{% macro give_turn() %}
    {%- if execute and daily_partitions.is_lake() -%}
        {%- do daily_partitions.ask_catalog("turn_given()") -%}
    {%- endif -%}
{% endmacro %}


{% macro planned_in_turn(computed) %}
    {#- Who looks for days that are wrong leaves alone those that another run has now, or has planned since. Runs are counted in their turns -#}
    {%- set taken = [] -%}
    {%- for day in (run_query("select partition_date, day_taken(partition_date::varchar) as fault from " ~ computed) if not daily_partitions.of_run().has_its_days else []) -%}
        {%- if day["fault"] == "taken" -%} {%- do taken.append(day["partition_date"]) -%}
        {%- elif day["fault"] -%} {%- do exceptions.raise_compiler_error(day["fault"]) -%}
        {%- endif -%}
    {%- endfor -%}
    select * replace ({{ daily_partitions.next_run_number() }} as run_number)
    from {{ computed }} as computed
    where partition_date not in (select unnest({{ daily_partitions.sql_list(taken) }}::date[])) and not exists (
        select 1
        from {{ daily_partitions.earlier_rows("partition_plan") }} as since
        where since.partition_date = computed.partition_date and since.run_number >= computed.run_number
    )
{% endmacro %}


{% macro not_of_others() %}
    {#- The days whose state a run may tell that has looked at all: those that no other run has now, or plans before this one has told it -#}
    {%- if not daily_partitions.is_lake() -%}
        {{ return("true") }}
    {%- endif -%}
    {%- set plan = daily_partitions.relation_of("partition_plan") -%}
    {%- set seen = run_query("select days_of_others() as days, (select max(run_number) from " ~ plan ~ ") as run_number")[0] -%}
    (
        partition_date::varchar not in (select unnest(string_split({{ daily_partitions.sql_text(seen["days"] or "") }}, ',')))
        and partition_date not in (select partition_date from {{ plan }} where run_number > {{ seen["run_number"] or 0 }})
    )
{% endmacro %}


{% macro is_shared_view(view, query) %}
    {#- Whether a lake has it as this query already: it is the same for all runs, and each change of it a turn -#}
    {%- if not daily_partitions.is_lake() -%}
        {{ return(false) }}
    {%- endif -%}
    {%- do adapter.commit() -%}
    {%- do run_query("create or replace temp view shown as " ~ query) -%}
    {{ return(run_query(
        "select 1 from duckdb_views() as views, duckdb_views() as wanted where views.database_name = '" ~ view.database ~ "' and views.view_name = '" ~ view.identifier
        ~ "' and wanted.view_name = 'shown' and wanted.temporary and regexp_extract(views.sql, ' AS (.*)', 1) = regexp_extract(wanted.sql, ' AS (.*)', 1)"
    ) | length > 0) }}
{% endmacro %}


{% macro give_days() %}
    {%- if daily_partitions.is_lake() -%}
        {%- do run_query("select days_given()") -%}
    {%- endif -%}
{% endmacro %}

{% materialization daily_table, adapter="duckdb" %}
    {#- A table of days. A run replaces the whole of its days and nothing else, in one transaction. Which these are says its meta `replaces`:
        those that passed their audit, those `planned`, `scanned` or `judged`, or none, if it only adds rows (`nothing`). It is never
        dropped: a full refresh gives a mart other columns, and the days that it does not replace keep their rows. Of a day that passed and
        comes out as it was nothing is written; what else it had is kept in partition_row_changes -#}
    {%- set replaces = (config.get("meta") or {}).get("replaces", "passed") -%}
    {%- set days = daily_partitions.replaced_days(replaces) -%}
    {%- set before = load_cached_relation(this) -%}
    {%- set columns = daily_partitions.column_types(compiled_code) -%}
    {%- set columns_before = daily_partitions.column_types("from " ~ before) if before else {} -%}
    {%- if replaces == "passed" -%} {%- do daily_partitions.check_day_column(columns) -%} {%- endif -%}
    {%- set is_built = before is none or (
        replaces == "passed" and columns | string != columns_before | string and daily_partitions.may_be_rebuilt(columns, columns_before)
    ) -%}
    {%- set table = make_intermediate_relation(this) if is_built and before else this -%}
    {%- set is_compared = (
        replaces == "passed" and before and not is_built and run_query("select 1 from " ~ this ~ " where " ~ days ~ " limit 1") | length > 0
    ) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set rows = daily_partitions.computed_rows(replaces, before) -%}
    {%- if is_compared -%} {%- do run_query(daily_partitions.note_changed_days(rows, days)) -%} {%- endif -%}
    {%- set written = days ~ (" and " ~ daily_partitions.day_column() ~ " in (from " ~ daily_partitions.scratch("changed_days") ~ ")" if is_compared) -%}
    {%- do daily_partitions.take_turn() -%}
    {% call statement("main") -%}
        {{ daily_partitions.mark_turn() }}
        {{ daily_partitions.room_for_rows(table, before, replaces, days, written, columns, columns_before) }}

        {#- A day is read without the others, so its rows lie together -#}
        insert into {{ table }} by name
        select * from (
            {{ rows }}
        )
        {%- if replaces != "nothing" %}
        where {{ written }}
        order by {{ daily_partitions.day_column() if daily_partitions.day_column() in columns else "partition_date" }}
        {%- endif %};

        {%- if replaces == "passed" %}
        {{ daily_partitions.keep_row_changes(rows if daily_partitions.is_lake() else "from " ~ table, daily_partitions.scratch("rows_before") if is_compared else before if is_built else none, written, dict(columns_before, **columns)) }}
        {%- endif %}
        {%- if table != this %}
            drop table {{ before }};
            alter table {{ table }} rename to {{ adapter.quote(this.identifier) }};
        {%- endif %}

        {{ daily_partitions.reconciled_rows() }}
        {%- for name in ["changed_days", "rows_before", "computed_rows"] %}
        drop table if exists {{ daily_partitions.scratch(name) }};
        {%- endfor %}
    {%- endcall %}
    {%- do daily_partitions.of_run().pop("columns of " ~ this, none) -%}
    {%- do persist_docs(this, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {%- do daily_partitions.give_turn() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}


{% macro check_day_column(columns) %}
    {%- set day = daily_partitions.day_column() -%}
    {%- if columns.get(day) != "DATE" -%}
        {%- do daily_partitions.refuse_project("The mart " ~ this.name ~ " has no column " ~ day ~ " that is a date", "select " ~ day ~ ", … from …") -%}
    {%- endif -%}
{% endmacro %}


{% macro room_for_rows(table, before, replaces, days, written, columns, columns_before) %}
    {%- if before is none or table.identifier != before.identifier %}
    create table {{ table }} ({{ daily_partitions.column_definitions(columns, model) | join(", ") }});
    {{ daily_partitions.kept_rows(before, table, days, columns, columns_before) if before }}
    {%- else %}
    {%- if replaces != "passed" %}
    {#- The engine's own gets its new columns by itself, and keeps those of a figure that was given up -#}
    {%- for name in columns if name not in columns_before %}
    alter table {{ table }} add column {{ adapter.quote(name) }} {{ columns[name] }};
    {%- endfor %}
    {%- endif %}
    {%- if replaces != "nothing" %}
    delete from {{ table }}
    where {{ written }};
    {%- endif %}
    {%- endif %}
{% endmacro %}


{% macro computed_rows(replaces, before) %}
    {#- What the days are replaced by, as SQL to be selected from. On a lake they are computed before the turn, and so is what is made of the
        rows that it replaces, or is completed by what is known only afterwards -#}
    {%- set is_restored = replaces == "passed" and before and daily_partitions.restored_version() -%}
    {%- set rows = daily_partitions.version_rows(this.name) if is_restored else sql -%}
    {%- if not (is_restored or replaces == "scanned" or daily_partitions.is_lake()) -%}
        {{ return(rows) }}
    {%- endif -%}
    {%- set computed = daily_partitions.scratch("computed_rows") -%}
    {%- call statement("computed") -%}
        create or replace temp table {{ computed }} as
        {{ rows }};
        {{ daily_partitions.count_malformed_lines(computed) if replaces == "scanned" }}
    {%- endcall -%}
    {{ return(daily_partitions.planned_in_turn(computed) if this.name == "partition_plan" and daily_partitions.is_lake() else "from " ~ computed) }}
{% endmacro %}


{% macro replaced_days(replaces) %}
    {%- if replaces == "nothing" -%}
        {{ return("false") }}
    {%- elif replaces == "planned" -%}
        {#- Rows without a day are replaced too: every run that reads the feed meets all of them anew -#}
        {%- set ranges = daily_partitions.planned_ranges() -%}
        {{ return("(" ~ daily_partitions.in_ranges("partition_date", ranges) ~ (" or partition_date is null" if ranges or flags.FULL_REFRESH else "") ~ ")") }}
    {%- elif replaces == "scanned" -%}
        {{ return("(" ~ daily_partitions.is_scanned("partition_date", daily_partitions.scan_ranges()) ~ ")") }}
    {%- elif replaces == "judged" -%}
        {#- Who looks for days that are wrong leaves nothing behind of a calendar that began earlier -#}
        {{ return(daily_partitions.in_ranges("partition_date", daily_partitions.judged_ranges()) if daily_partitions.run_window() else daily_partitions.not_of_others()) }}
    {%- endif -%}
    {{ return(daily_partitions.in_ranges(daily_partitions.day_column(), daily_partitions.passed_ranges())) }}
{% endmacro %}


{% macro column_types(query) %}
    {#- Not by dbt, which makes of a column that is a struct one for each of its fields -#}
    {%- set types = {} -%}
    {%- for column in run_query("describe select * from (\n" ~ query ~ "\n)") -%} {%- do types.update({column["column_name"]: column["column_type"]}) -%} {%- endfor -%}
    {{ return(types) }}
{% endmacro %}


{% macro column_definitions(columns, node) %}
    {#- With the constraints that the model's YAML declares. The types are those of the query: a contract would have them written twice -#}
    {%- set declared = {} -%}
    {%- for name, type in columns.items() -%}
        {%- set constraints = (node.columns.get(name) or {}).get("constraints", []) -%}
        {#- A lake has no other -#}
        {%- set kept = constraints | selectattr("type", "equalto", "not_null") | list if daily_partitions.is_lake() else constraints -%}
        {%- do declared.update({name: {"name": name, "data_type": type, "quote": true, "constraints": kept}}) -%}
    {%- endfor -%}
    {{ return(adapter.render_raw_columns_constraints(raw_columns=declared)) }}
{% endmacro %}


{% macro may_be_rebuilt(columns, columns_before) %}
    {%- if flags.FULL_REFRESH -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set changes = [] -%}
    {%- for name, type in columns.items() if columns_before.get(name) != type -%}
        {%- do changes.append(name ~ " " ~ (columns_before[name] ~ " becomes " if name in columns_before else "is new: ") ~ type) -%}
    {%- endfor -%}
    {%- for name in columns_before if name not in columns -%} {%- do changes.append(name ~ " is gone") -%} {%- endfor -%}
    {%- do exceptions.raise_compiler_error(
        this.name ~ " has other columns than its table: " ~ (changes or ["their order"]) | join(", ") ~ ". Its days stay as they are. This gives the"
        ~ " table its new columns, and runs every day: dbt run --full-refresh"
    ) -%}
{% endmacro %}


{% macro kept_rows(before, table, days, columns, columns_before) %}
    {#- All days but those that are replaced keep the rows they had, unrounded -#}
    {#- Names of DuckDB are the same in capitals -#}
    {%- set types_before = {} -%}
    {%- for name, type in columns_before.items() -%} {%- do types_before.update({name | lower: type}) -%} {%- endfor -%}
    {%- set names = [] -%}
    {%- set changed = [] -%}
    {%- for name in columns if name | lower in types_before -%}
        {%- set quoted = adapter.quote(name) -%}
        {%- do names.append(quoted) -%}
        {%- if columns[name] != types_before[name | lower] -%}
            {%- do changed.append(
                "try_cast(try_cast(" ~ quoted ~ " as " ~ columns[name] ~ ") as " ~ types_before[name | lower] ~ ") is distinct from " ~ quoted
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if changed %}
    select error(
        strftime({{ daily_partitions.day_column() }}, '%Y-%m-%d') || ' is not replaced by this full refresh, and its {{ this.name }} do not fit the new types.'
        || ' Mend the day in the feed, or keep types that hold what it has'
    )
    from {{ before }}
    where ({{ days }}) is not true and ({{ changed | join(" or ") }});
    {%- endif %}

    insert into {{ table }} by name
    select {{ names | join(", ") }}
    from {{ before }}
    where ({{ days }}) is not true;
{% endmacro %}

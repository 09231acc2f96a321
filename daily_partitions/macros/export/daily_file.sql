{% materialization daily_file, adapter="duckdb" %}
    {#- A file for each day that was published, or whose file is wrong, and a view that reads back what is on disk -#}
    {%- set files = daily_partitions.exported_files(model.name) | first -%}
    {%- set path = daily_partitions.export_of(model.name) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {#- A preview writes nothing -#}
    {%- set written = [] if daily_partitions.is_preview() else daily_partitions.export_ranges() -%}
    {%- set columns = daily_partitions.column_types(compiled_code) -%}
    {%- set places = "select * from (" ~ daily_partitions.export_places(written) ~ ") where model = '" ~ model.name ~ "' order by partition_date" -%}
    {#- One run at a time has a day, so what is half written of it belongs to one that was killed -#}
    {%- do run_query(
        "select deleted(file) from glob(" ~ daily_partitions.sql_text(files ~ ".*" ~ daily_partitions.unfinished()) ~ ")"
        ~ (" where regexp_replace(file, '[.][^./]*[.]unfinished$', '') in (select filename from (" ~ places ~ "))" if daily_partitions.is_lake() else "")
    ) if not daily_partitions.is_preview() -%}
    {%- set query_rows = "(\n" ~ compiled_code ~ "\n)" -%}
    {#- A query for each day would ask a lake's catalog for each -#}
    {%- set in_memory = 'memory.main."rows of ' ~ this.identifier ~ '"' if written and daily_partitions.is_lake() -%}
    {%- if in_memory -%}
        {%- do run_query(
            "create or replace table " ~ in_memory ~ " as select * from " ~ query_rows ~ " where " ~ daily_partitions.in_ranges(daily_partitions.day_column(), written)
        ) -%}
    {%- endif -%}
    {%- set copies = [] -%}
    {%- for place in run_query("select partition_date, filename, made_ready(filename) as fault from (" ~ places ~ ")") -%}
        {%- if place["fault"] -%}
            {#- The day will have no file recorded, and report_run ends the run with an error -#}
            {%- do exceptions.warn(place["filename"] ~ " cannot be written, its day is left without it. " ~ place["fault"]) -%}
        {%- else -%}
            {%- do copies.append(daily_partitions.copy_day(in_memory or query_rows, columns, place["partition_date"], place["filename"])) -%}
        {%- endif -%}
    {%- endfor -%}
    {% call statement("main") -%}
        {{ daily_partitions.exported_days(copies, path.split("/") | last) or "select 'no day to export'" }}
    {%- endcall %}

    {%- if in_memory -%} {%- do run_query("drop table " ~ in_memory) -%} {%- endif -%}
    {%- set any_file = run_query("select file from glob(" ~ daily_partitions.sql_text(files) ~ ") limit 1") -%}
    {%- set query = daily_partitions.read_exports(daily_partitions.sql_text(files) if any_file | length else none, columns) -%}
    {%- if not daily_partitions.is_shared_view(this, query) -%}
        {%- do daily_partitions.take_turn() -%}
        {% call statement("view") -%}
            create or replace view {{ this }} as
            {{ query }}
        {%- endcall %}
        {%- do persist_docs(this.incorporate(type="view"), model) -%}
    {%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {%- do daily_partitions.give_turn() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({"relations": [this.incorporate(type="view")]}) }}
{% endmaterialization %}


{% macro exported_days(copies, file_name) %}
    {#- Some at once, and not all: who stops a run waits for the statement that is at work -#}
    {%- set at_once = 2 * run_query("select current_setting('threads') as threads")[0]["threads"] | int if copies else 1 -%}
    {%- for some in copies | batch(at_once) %}
    with done as materialized (
        select exported({{ daily_partitions.sql_text(file_name) }}, {{ loop.index0 * at_once }}, {{ copies | length }}, {{ daily_partitions.sql_list(some) }}) as fault
    )

    select error(fault) from done where fault is not null;
    {%- endfor %}
{% endmacro %}


{% macro copy_day(rows, columns, day, path) %}
    {#- A file is whole or absent: it is written beside its place, under a name of this run alone, which nothing can be linked to. What
        is put into a bucket is there only when it is whole -#}
    {%- set new = path if "://" in path else path ~ "." ~ invocation_id ~ daily_partitions.unfinished() -%}
    {%- set is_csv = path.endswith(".csv") -%}
copy (
    select {{ daily_partitions.csv_values(columns) if is_csv else "*" }}
    from {{ rows }}
    where {{ daily_partitions.day_column() }} = date '{{ day }}'
    order by all
) to {{ daily_partitions.sql_text(new) }} ({{ "format csv, header, use_tmp_file false" if is_csv else "format parquet, use_tmp_file false" }});
    {%- if new != path %}
select put_in_place({{ daily_partitions.sql_text(new) }}, {{ daily_partitions.sql_text(path) }});
    {%- endif %}
{% endmacro %}


{% macro unfinished() %}
    {{- return(".unfinished") -}}
{% endmacro %}

{% materialization daily_file, adapter="duckdb" %}
    {#- A file for each day that was published, or whose file is wrong, and a view that reads back what is on disk -#}
    {%- set files = daily_partitions.exported_files(model.name) | first -%}
    {%- set path = daily_partitions.export_of(model.name) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {#- A preview writes nothing -#}
    {%- set written = [] if daily_partitions.is_preview() else daily_partitions.export_ranges() -%}
    {%- set columns = get_column_schema_from_query(compiled_code) -%}
    {%- set places = "select * from (" ~ daily_partitions.export_places(written) ~ ") where model = '" ~ model.name ~ "' order by partition_date" -%}
    {#- One run at a time has a day, so what is half written of it belongs to one that was killed -#}
    {%- do run_query(
        "select deleted(file) from glob(" ~ daily_partitions.sql_text(files ~ ".*" ~ daily_partitions.unfinished()) ~ ")"
        ~ (" where regexp_replace(file, '[.][^./]*[.]unfinished$', '') in (select filename from (" ~ places ~ "))" if daily_partitions.is_lake() else "")
    ) if not daily_partitions.is_preview() -%}
    {%- set copies = [] -%}
    {%- set exported = daily_partitions.scratch("exported_rows") if written and daily_partitions.is_lake() -%}
    {%- for place in run_query("select partition_date, filename, made_ready(filename) as fault from (" ~ places ~ ")") -%}
        {%- if place["fault"] -%}
            {#- The day will have no file recorded, and report_run ends the run with an error -#}
            {%- do exceptions.warn(place["filename"] ~ " cannot be written, its day is left without it. " ~ place["fault"]) -%}
        {%- else -%}
            {%- do copies.append(daily_partitions.copy_day("from " ~ exported if exported else compiled_code, columns, place["partition_date"], place["filename"])) -%}
        {%- endif -%}
    {%- endfor -%}
    {#- All days in one string: a call for each takes three times as long -#}
    {% call statement("main") -%}
        {%- if exported %}
        {#- A query for each day would ask the lake's catalog for each #}
        create or replace temp table {{ exported }} as
        select * from ({{ compiled_code }}) where {{ daily_partitions.in_ranges(daily_partitions.day_column(), written) }};
        {%- endif %}
        {{ daily_partitions.with_progress(copies, path.split("/") | last) | join("\n") or "select 'no day to export'" }}
    {%- endcall %}

    {%- if exported -%} {%- do run_query("drop table " ~ exported) -%} {%- endif -%}
    {%- set any_file = run_query("select file from glob(" ~ daily_partitions.sql_text(files) ~ ") limit 1") -%}
    {%- set query = daily_partitions.read_exports(daily_partitions.sql_text(files) if any_file | length else none, daily_partitions.column_types(columns)) -%}
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


{% macro with_progress(copies, file_name) %}
    {%- set statements = [] -%}
    {%- for copy in copies -%}
        {%- if loop.first -%} {%- do statements.append(daily_partitions.tell_progress(file_name, 0, loop.length)) -%} {%- endif -%}
        {%- do statements.append(copy) -%}
        {%- if loop.last or loop.index is divisibleby 10 -%} {%- do statements.append(daily_partitions.tell_progress(file_name, loop.index, loop.length)) -%} {%- endif -%}
    {%- endfor -%}
    {{ return(statements) }}
{% endmacro %}


{% macro tell_progress(file_name, done, total) %}
    {{- return("select exported(" ~ daily_partitions.sql_text(file_name) ~ ", " ~ done ~ ", " ~ total ~ ");") -}}
{% endmacro %}


{% macro copy_day(sql, columns, day, path) %}
    {#- A file is whole or absent: it is written beside its place, under a name of this run alone, which nothing can be linked to. What
        is put into a bucket is there only when it is whole -#}
    {%- set new = path if "://" in path else path ~ "." ~ invocation_id ~ daily_partitions.unfinished() -%}
    {%- set is_csv = path.endswith(".csv") -%}
copy (
    select {{ daily_partitions.csv_values(columns) if is_csv else "*" }} from (
        {{ sql }}
    )
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

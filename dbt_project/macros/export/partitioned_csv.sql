{% materialization partitioned_csv, adapter="duckdb" %}
    {%- set target_relation = this.incorporate(type="view") -%}
    {%- set file_name = config.get("meta")["file_name"] -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {#- One process at a time has the warehouse, so what is half written belongs to a run that was killed -#}
    {%- do run_query("select deleted(file) from glob(" ~ sql_text(exported_files(file_name) ~ ".*" ~ unfinished()) ~ ")") -%}
    {%- set places = {} -%}
    {%- for day in days_of(export_ranges()) -%}
        {%- do places.update({export_file(file_name, day): day}) -%}
    {%- endfor -%}
    {%- set copies = [] -%}
    {%- for place in run_query("select path, made_ready(path) as fault from unnest(" ~ sql_list(places) ~ "::varchar[]) as places(path)") -%}
        {%- if place["fault"] -%}
            {#- The ledger will have no file of this day, and report_run ends the run with an error -#}
            {%- do exceptions.warn(place["path"] ~ " cannot be written, its day is left without it. " ~ place["fault"]) -%}
        {%- else -%}
            {%- do copies.append(copy_day(compiled_code, places[place["path"]], place["path"])) -%}
        {%- endif -%}
    {%- endfor -%}
    {#- All days in one string: a call for each takes three times as long -#}
    {% call statement("main") -%}
        {{ with_progress(copies, file_name) | join("\n") or "select 'no day to export'" }}
    {%- endcall %}

    {%- set files = sql_text(exported_files(file_name)) -%}
    {%- set any_file = run_query("select file from glob(" ~ files ~ ") limit 1") -%}
    {% call statement("view") -%}
        create or replace view {{ target_relation }} as
        {{ read_exports(files if any_file | length else none, get_column_schema_from_query(compiled_code)) }}
    {%- endcall %}
    {%- do persist_docs(target_relation, model) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}


{% macro with_progress(copies, file_name) %}
    {%- set statements = [] -%}
    {%- for copy in copies -%}
        {%- if loop.first -%} {%- do statements.append(exported(file_name, 0, loop.length)) -%} {%- endif -%}
        {%- do statements.append(copy) -%}
        {%- if loop.last or loop.index is divisibleby 10 -%} {%- do statements.append(exported(file_name, loop.index, loop.length)) -%} {%- endif -%}
    {%- endfor -%}
    {{ return(statements) }}
{% endmacro %}


{% macro exported(file_name, done, total) %}
    {{- return("select exported(" ~ sql_text(file_name) ~ ", " ~ done ~ ", " ~ total ~ ");") -}}
{% endmacro %}


{% macro copy_day(sql, day, path) %}
    {#- A file is whole or absent: it is written beside its place, under a name of this run alone, which nothing can be linked to. What
        is put into a bucket is there only when it is whole -#}
    {%- set new = path if "://" in path else path ~ "." ~ invocation_id ~ unfinished() -%}
copy (
    select * from (
        {{ sql }}
    )
    where date = date '{{ day }}'
    order by all
) to {{ sql_text(new) }} (format csv, header, use_tmp_file false);
    {%- if new != path %}
select put_in_place({{ sql_text(new) }}, {{ sql_text(path) }});
    {%- endif %}
{% endmacro %}


{% macro unfinished() %}
    {{- return(".unfinished") -}}
{% endmacro %}

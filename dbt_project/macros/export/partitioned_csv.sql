{% materialization partitioned_csv, adapter="duckdb" %}
    {%- set target_relation = this.incorporate(type="view") -%}
    {%- set file_name = config.get("meta")["file_name"] -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set copies = [] -%}
    {%- for day in days_of(export_ranges()) -%}
        {%- set path = export_file(file_name, day) -%}
        {%- do adapter.store_relation("export_folders", target_relation, [], path, "csv", config) -%}
        {%- do copies.append(copy_day(compiled_code, day, path)) -%}
    {%- endfor -%}
    {#- All days in one string: a call for each takes three times as long -#}
    {% call statement("main") -%}
        {{ copies | join("\n") or "select 'no day to export'" }}
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


{% macro copy_day(sql, day, path) %}
copy (
    select * from (
        {{ sql }}
    )
    where date = date '{{ day }}'
    order by all
) to {{ sql_text(path) }} (format csv, header, use_tmp_file true);
{% endmacro %}

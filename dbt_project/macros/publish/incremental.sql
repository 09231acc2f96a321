{% materialization incremental, adapter="duckdb" %}
    {#- dbt's own keeps the new rows in a temporary table, and copies them from there: twice the writing, and a dozen of statements.
        Here they go where they belong at once, unless that is not all there is to do: the table is new, built anew or has other columns,
        or the rows follow from those that they replace -#}
    {%- set existing = load_cached_relation(this) -%}
    {%- set columns = adapter.get_column_schema_from_query(compiled_code) -%}
    {%- if (
        existing is none
        or should_full_refresh()
        or (this | string in compiled_code and config.get("incremental_strategy") != "append")
        or column_types(columns) != column_types(adapter.get_column_schema_from_query("from " ~ this))
    ) -%}
        {{ return(dbt.materialization_incremental_duckdb()) }}
    {%- endif -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set strategy = adapter.get_incremental_strategy_macro(context, config.get("incremental_strategy")) -%}
    {% call statement("main") -%}
        {{ strategy({"target_relation": this, "temp_relation": "(" ~ compiled_code ~ ")", "dest_columns": columns}) }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({"relations": [this]}) }}
{% endmaterialization %}


{% macro column_types(columns) %}
    {%- set types = {} -%}
    {%- for column in columns -%} {%- do types.update({column.name: column.data_type}) -%} {%- endfor -%}
    {{ return(types) }}
{% endmacro %}

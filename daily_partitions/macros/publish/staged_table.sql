{% materialization staged_table, adapter="duckdb" %}
    {#- The rows of a run's days, typed and judged; made anew by each run, with the lines that no reader could split -#}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement("main") -%}
        create or replace table {{ this }} as
        {{ compiled_code }};

        {{ daily_partitions.keep_malformed_lines() }}
    {%- endcall %}
    {%- do daily_partitions.reconcile_feed() -%}
    {%- do persist_docs(this, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {#- Frees the room of the rows that were replaced for those of the next model, else the file keeps both -#}
    {% call statement("freed", auto_begin=false) -%}
        force checkpoint {{ adapter.quote(this.database) }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}

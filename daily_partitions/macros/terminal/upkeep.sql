{% macro upkeep(keep_days=7) %}
    {#- Each step has a turn of its own, so that runs go on between them -#}
    {%- if not daily_partitions.is_lake() -%}
        {%- do exceptions.raise_compiler_error(
            "Upkeep is for a lake; the target " ~ target.name ~ " is a file, which needs none. This works: dbt run-operation upkeep --target lake"
        ) -%}
    {%- elif keep_days is not integer or keep_days < 1 -%}
        {%- do exceptions.raise_compiler_error("keep_days: got '" ~ keep_days ~ "', expected a number of days, 1 or more: make upkeep KEEP_DAYS=7") -%}
    {%- endif -%}
    {%- set lake = daily_partitions.sql_text(target.database) -%}
    {%- set since = "now() - interval " ~ keep_days ~ " days" -%}
    {%- set before = daily_partitions.size_of_lake() -%}
    {%- for step in [
        "ducklake_flush_inlined_data(" ~ lake ~ ")",
        "ducklake_expire_snapshots(" ~ lake ~ ", older_than => " ~ since ~ ")",
        "ducklake_rewrite_data_files(" ~ lake ~ ")",
        "ducklake_merge_adjacent_files(" ~ lake ~ ")",
        "ducklake_cleanup_old_files(" ~ lake ~ ", older_than => " ~ since ~ ")",
        "ducklake_delete_orphaned_files(" ~ lake ~ ", older_than => " ~ since ~ ")",
    ] -%}
        {%- do daily_partitions.take_turn() -%}
        {%- do run_query("call " ~ step) -%}
        {%- do daily_partitions.give_turn() -%}
    {%- endfor -%}
    {%- set after = daily_partitions.size_of_lake() -%}
    {%- do daily_partitions.print_lines([
        "%-12s %12s %12s" | format("", "before", "after"), "%-12s %12s %12s" | format("files", before["files"], after["files"]),
        "%-12s %12s %12s" | format("bytes", before["bytes"], after["bytes"]), "%-12s %12s %12s" | format("snapshots", before["snapshots"], after["snapshots"])
    ]) -%}
{% endmacro %}


{% macro size_of_lake() %}
    {%- set query -%}
        select
            (select coalesce(sum(file_count + delete_file_count), 0) from ducklake_table_info('{{ target.database }}')) as files,
            (select coalesce(sum(file_size_bytes + delete_file_size_bytes), 0) from ducklake_table_info('{{ target.database }}')) as bytes,
            (select count(*) from ducklake_snapshots('{{ target.database }}')) as snapshots
    {%- endset -%}
    {{ return(run_query(query)[0]) }}
{% endmacro %}

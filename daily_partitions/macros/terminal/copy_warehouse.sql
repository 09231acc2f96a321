{% macro copy_warehouse(source) %}
    {#- From a file to a lake, or back: all that is kept from run to run. What only a run needs, and views, the next run makes -#}
    {%- do daily_partitions.take_days() -%}
    {%- set names = ["known_feeds", "source_days", "partition_plan", "rejected_rows", "partition_row_changes"] + daily_partitions.pipeline("marts")
        + ["partition_outputs", "partition_ledger", "partition_health"] -%}
    {%- for name in names if load_relation(daily_partitions.relation_of(name)) -%}
        {%- do exceptions.raise_compiler_error(
            "The target " ~ target.name ~ " has a table " ~ name ~ " already. A warehouse is copied whole, to a place where nothing is yet"
        ) -%}
    {%- endfor -%}
    {%- set path = source if source.startswith("ducklake:") else daily_partitions.absolute_path(source) -%}
    {%- do run_query("attach " ~ daily_partitions.sql_text(path) ~ " as copied (read_only)") -%}
    {%- set lines = [] -%}
    {%- do daily_partitions.take_turn() -%}
    {% call statement("copied") -%}
        {%- for name in names %}
        {%- set copied = "from " ~ daily_partitions.relation_of(name).incorporate(path={"database": "copied"}) %}
        create table {{ daily_partitions.relation_of(name) }} ({{ daily_partitions.column_definitions(daily_partitions.column_types(copied), daily_partitions.node_of(name)) | join(", ") }});
        insert into {{ daily_partitions.relation_of(name) }} {{ copied }};
        {%- endfor %}
    {%- endcall %}
    {%- do adapter.commit() -%}
    {%- do daily_partitions.give_turn() -%}
    {%- for name in names -%}
        {%- do lines.append("%-24s %12s" | format(name, run_query("select count(*) as row_count from " ~ daily_partitions.relation_of(name))[0]["row_count"])) -%}
    {%- endfor -%}
    {%- do run_query("detach copied") -%}
    {%- do daily_partitions.give_days() -%}
    {%- do daily_partitions.print_lines(lines) -%}
{% endmacro %}

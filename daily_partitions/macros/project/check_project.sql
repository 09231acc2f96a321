{% macro check_project() %}
    {#- A model that is in no list would be neither recorded nor watched -#}
    {%- for node in graph.nodes.values() if node.resource_type == "model" and node.package_name == project_name -%}
        {%- set list = {"daily_table": "marts", "daily_file": "exports"}.get(node.config.materialized) -%}
        {%- if list and node.name not in daily_partitions.pipeline(list) -%}
            {%- do daily_partitions.refuse_project(
                "The model " ~ node.name ~ " is a " ~ node.config.materialized ~ ", and the list of " ~ list ~ " does not name it",
                "pipeline: {" ~ list ~ ": [" ~ (daily_partitions.pipeline(list) + [node.name]) | join(", ") ~ "]}"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for list, kind in {"marts": "daily_table", "exports": "daily_file"}.items() -%}
        {%- for name in daily_partitions.pipeline(list) -%}
            {%- set node = daily_partitions.node_of(name) -%}
            {%- if node.config.materialized != kind -%}
                {%- do daily_partitions.refuse_project(name ~ " is in the list of " ~ list ~ ", and not materialized as " ~ kind, "materialized: " ~ kind) -%}
            {%- elif "partitioned" not in node.tags -%}
                {%- do daily_partitions.refuse_project("The model " ~ name ~ " has no tag partitioned, by which the days' models are selected", "tags: partitioned") -%}
            {%- elif list == "marts" and not daily_partitions.is_after_audit(node) -%}
                {%- do daily_partitions.refuse_project(
                    "The mart " ~ name ~ " is not made of rows that passed their audit",
                    'from {{ daily_partitions.passed_rows(ref("' ~ daily_partitions.pipeline("staged") ~ '")) }}, or from another mart'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set paths = {} -%}
    {%- for name in daily_partitions.pipeline("exports") -%}
        {%- set path = daily_partitions.export_of(name) -%}
        {%- if path in paths -%}
            {%- do daily_partitions.refuse_project(name ~ " and " ~ paths[path] ~ " have one path, " ~ path, "meta: {path: '%Y/%m/%d/another_name.csv'}") -%}
        {%- endif -%}
        {%- do paths.update({path: name}) -%}
    {%- endfor -%}
    {%- set taken = daily_partitions.node_of("partition_ledger").columns.keys() | list -%}
    {%- for mart in daily_partitions.pipeline("marts") -%}
        {%- for name in daily_partitions.meta_of(mart).get("figures") or {} -%}
            {%- if name in taken or not modules.re.fullmatch("[a-z_][a-z0-9_]*", name) -%}
                {%- do daily_partitions.refuse_project(
                    "The figure " ~ name ~ " of " ~ mart ~ " has a name that is taken, or is none of a column", "figures: {" ~ mart ~ "_total: sum(…)}"
                ) -%}
            {%- endif -%}
            {%- do taken.append(name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name in daily_partitions.pipeline("rules") -%} {%- do daily_partitions.node_of(name) -%} {%- endfor -%}
    {%- do daily_partitions.declared_columns() -%}
{% endmacro %}


{% macro is_after_audit(node) %}
    {%- for id in node.depends_on.nodes if id in graph.nodes -%}
        {%- if id == daily_partitions.node_of("partition_audit").unique_id or daily_partitions.is_after_audit(graph.nodes[id]) -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{% endmacro %}


{% macro refuse_project(fault, remedy) %}
    {%- do exceptions.raise_compiler_error(fault ~ ". This works: " ~ remedy) -%}
{% endmacro %}

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
            {%- elif list == "marts" and not daily_partitions.is_after(node, "partition_audit") -%}
                {%- do daily_partitions.refuse_project(
                    "The mart " ~ name ~ " is not made of rows that passed their audit",
                    'from {{ daily_partitions.passed_rows(ref("' ~ daily_partitions.pipeline("staged") ~ '")) }}, or from another mart'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set staged = daily_partitions.node_of(daily_partitions.pipeline("staged")) -%}
    {%- if staged.config.materialized != "staged_table" or "partitioned" not in staged.tags -%}
        {%- do daily_partitions.refuse_project(staged.name ~ " is the staged model, and not a staged_table tagged partitioned", "materialized: staged_table, tags: partitioned") -%}
    {%- endif -%}
    {%- for node in graph.nodes.values() if node.resource_type == "model" and "partitioned" in node.tags -%}
        {%- do daily_partitions.check_parents(node) -%}
    {%- endfor -%}
    {%- for name in daily_partitions.pipeline("exports") if daily_partitions.reads_the_run(daily_partitions.node_of(name)) -%}
        {%- do daily_partitions.refuse_project("The export " ~ name ~ " is made of rows of the run, of which nothing is left when its file is to be written again", 'select * from {{ ref("a mart") }}') -%}
    {%- endfor -%}
    {%- set paths = {} -%}
    {%- for name in daily_partitions.pipeline("exports") -%}
        {%- set path = modules.datetime.date(2026, 11, 22).strftime(modules.re.sub("/[./]*/", "/", daily_partitions.export_of(name))) -%}
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
    {%- do daily_partitions.check_columns() -%}
{% endmacro %}


{% macro refuse_project(fault, remedy) %}
    {%- do exceptions.raise_compiler_error(fault ~ ". This works: " ~ remedy) -%}
{% endmacro %}


{% macro check_parents(node) %}
    {%- for id in node.depends_on.nodes if id in graph.nodes -%}
        {%- set parent = graph.nodes[id] -%}
        {%- if parent.config.materialized == "ephemeral" -%}
            {%- do daily_partitions.check_parents(parent) -%}
        {%- elif parent.package_name == project_name and parent.resource_type == "model" and "partitioned" not in parent.tags and daily_partitions.is_after(parent, "partition_plan") -%}
            {%- do daily_partitions.refuse_project("The model " ~ parent.name ~ " is between partitioned models and has no tag partitioned", "tags: partitioned") -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{% macro is_after(node, name) %}
    {%- for id in node.depends_on.nodes if id in graph.nodes -%}
        {%- if id == daily_partitions.node_of(name).unique_id or daily_partitions.is_after(graph.nodes[id], name) -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{% endmacro %}


{% macro reads_the_run(node) %}
    {#- Beside its marts -#}
    {%- for id in node.depends_on.nodes if id in graph.nodes and graph.nodes[id].name not in daily_partitions.pipeline("marts") -%}
        {%- if id == daily_partitions.node_of("partition_plan").unique_id or daily_partitions.reads_the_run(graph.nodes[id]) -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{% endmacro %}

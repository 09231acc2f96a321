{% macro check_selection() %}
    {%- set selected = [] -%}
    {%- set missing = [] -%}
    {%- for id, node in graph.nodes.items() if node.resource_type == "model" and "partitioned" in node.tags -%}
        {%- do (selected if id in selected_resources else missing).append(node.name) -%}
    {%- endfor -%}
    {%- if selected and missing -%}
        {%- do exceptions.raise_compiler_error(
            "The run left out " ~ missing | join(", ") ~ ". A day goes through all partitioned models together or through none, else"
            ~ " its rows, its files and the ledger would differ. This works: dbt run --select tag:partitioned"
            ~ " --vars '{partition_date: 2026-01-15}'"
        ) -%}
    {%- endif -%}
{% endmacro %}

{% macro check_selection() %}
    {%- do check_together(
        "partitioned", "A day goes through all partitioned models together or through none, else its rows, its files and the ledger would"
        ~ " differ. This works: dbt run --select tag:partitioned --vars '{partition_date: 2026-01-15}'"
    ) -%}
    {%- do check_together(
        "health", "Which days are wrong is known only when the feed has been read. This works: dbt run --select tag:health"
    ) -%}
    {%- if not run_window() -%}
        {%- if "model." ~ project_name ~ ".partition_plan" in selected_resources
            and "model." ~ project_name ~ ".source_days" not in selected_resources -%}
            {%- do exceptions.raise_compiler_error(
                "No days were asked for, and source_days, which finds those that are wrong, was left out. One day:"
                ~ " dbt run --select tag:partitioned --vars '{partition_date: 2026-01-15}'; all that are wrong: dbt run"
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro check_together(tag, why) %}
    {%- set selected = [] -%}
    {%- set missing = [] -%}
    {%- for id, node in graph.nodes.items() if node.resource_type == "model" and tag in node.tags -%}
        {%- do (selected if id in selected_resources else missing).append(node.name) -%}
    {%- endfor -%}
    {%- if selected and missing -%}
        {%- do exceptions.raise_compiler_error("The run left out " ~ missing | join(", ") ~ ". " ~ why) -%}
    {%- endif -%}
{% endmacro %}

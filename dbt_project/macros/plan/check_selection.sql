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

    {%- set model = "model." ~ project_name ~ "." -%}
    {%- if run_window() and model ~ "partition_health" in selected_resources and not selected -%}
        {%- do exceptions.raise_compiler_error(
            "The health of given days is renewed by a run of these days, which reads them. This works, for all days:"
            ~ " dbt run --select tag:health"
        ) -%}
    {%- elif model ~ "source_days" not in selected_resources -%}
        {%- if model ~ "partition_health" in selected_resources -%}
            {%- do exceptions.raise_compiler_error(
                "The run left out source_days. Whether a day is still right is known only when the feed has been read."
                ~ " This works: dbt run --select tag:health"
            ) -%}
        {%- elif selected and not run_window() -%}
            {%- do exceptions.raise_compiler_error(
                "No days were asked for, and source_days, which finds those that are wrong, was left out. One day:"
                ~ " dbt run --select tag:partitioned --vars '{partition_date: 2026-01-15}'; all that are wrong: dbt run"
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

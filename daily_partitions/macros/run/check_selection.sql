{% macro check_selection() %}
    {%- set selected = [] -%}
    {%- set missing = [] -%}
    {%- for id, node in graph.nodes.items() if node.resource_type == "model" and "partitioned" in node.tags -%}
        {%- do (selected if id in selected_resources else missing).append(node.name) -%}
    {%- endfor -%}
    {%- if selected and missing and not daily_partitions.is_preview() -%}
        {%- do exceptions.raise_compiler_error(
            "The run left out " ~ missing | join(", ") ~ ". A day goes through all partitioned models together or through none, else"
            ~ " its rows, its files and the ledger would differ. This works: dbt run --select tag:partitioned"
            ~ " --vars '{partition_date: 2026-01-15}'"
        ) -%}
    {%- endif -%}

    {%- if daily_partitions.run_window() and daily_partitions.is_selected("partition_health") and not selected -%}
        {%- do exceptions.raise_compiler_error(
            "The health of given days is renewed by a run of these days, which reads them. This works, for all days:"
            ~ " dbt run --select tag:health"
        ) -%}
    {%- elif not daily_partitions.is_selected("source_days") -%}
        {%- if daily_partitions.is_selected("partition_health") -%}
            {%- do exceptions.raise_compiler_error(
                "The run left out source_days. Whether a day is still right is known only when the feed has been read."
                ~ " This works: dbt run --select tag:health"
            ) -%}
        {%- elif selected and not daily_partitions.run_window() -%}
            {%- do exceptions.raise_compiler_error(
                "No days were asked for, and source_days, which finds those that are wrong, was left out. One day:"
                ~ " dbt run --select tag:partitioned --vars '{partition_date: 2026-01-15}'; all that are wrong: dbt run"
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

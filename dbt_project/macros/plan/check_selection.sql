{% macro check_selection() %}
    {%- for id in selected_resources if id.startswith("model.") and "partitioned" in graph.nodes[id].tags -%}
        {%- for upstream in graph.nodes[id].depends_on.nodes if upstream.startswith("model.") and upstream not in selected_resources -%}
            {%- set name = graph.nodes[id].name -%}
            {%- do exceptions.raise_compiler_error(
                "The model " ~ name ~ " was selected without " ~ graph.nodes[upstream].name
                ~ ", but they work on the days of one run. Run it with what it is made from: dbt run --select +"
                ~ name ~ " --vars '{partition_date: " ~ var("start_date") ~ "}'"
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}

{% macro check_warehouse() %}
    {#- What is kept from run to run; the columns of other tables are compared by dbt when it replaces their days -#}
    {%- for name in ["partition_plan", "partition_ledger", "source_days"] if earlier(name) -%}
        {%- set columns = adapter.get_columns_in_relation(earlier(name)) | map(attribute="name") | list -%}
        {%- for column in graph.nodes["model." ~ project_name ~ "." ~ name].columns if column not in columns -%}
            {%- do exceptions.raise_compiler_error(
                "The warehouse " ~ target.path ~ " was made by another version of this project: its " ~ name ~ " has no " ~ column
                ~ ". Move the file away, and dbt run makes it anew from the feed; the exports stay as they are until then"
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}

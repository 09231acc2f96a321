{% macro earlier(name) %}
    {#- No ref: the plan comes before the models it asks, and asks only what earlier runs left there -#}
    {%- if not execute -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set node = graph.nodes["model." ~ project_name ~ "." ~ name] -%}
    {{ return(load_relation(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias))) }}
{% endmacro %}

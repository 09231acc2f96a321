{% macro earlier(name) %}
    {#- No ref: the plan comes before the models it asks, and asks only what earlier runs left there -#}
    {%- if not execute -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(load_relation(relation_of(name))) }}
{% endmacro %}


{% macro relation_of(name) %}
    {#- By the graph, where a ref would make the asker wait for the model, or comes too late for dbt to see -#}
    {%- set node = graph.nodes["model." ~ project_name ~ "." ~ name] -%}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) }}
{% endmacro %}

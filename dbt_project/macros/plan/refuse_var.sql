{% macro refuse_var(name, value, expected) %}
    {%- set shown = value | string | replace("\n", " ") | truncate(60) -%}
    {%- do exceptions.raise_compiler_error(
        ("The environment variable " if name == name | upper else "The var ") ~ name ~ ": got '" ~ shown ~ "', expected " ~ expected
        ~ ". This works: dbt run --vars '{partition_date: 2026-01-15}'"
    ) -%}
{% endmacro %}

{% macro pipeline(part) %}
    {#- What the project consists of, by name. Lists and not the graph: dbt orders models before there is one -#}
    {%- set parts = var("pipeline", none) -%}
    {%- if parts is not mapping or not parts.feed or not parts.staged or not parts.marts -%}
        {%- do exceptions.raise_compiler_error(
            "The var pipeline names what the project consists of, in dbt_project.yml. Expected are feed, staged and marts, beside them exports,"
            ~ " rules and settings: pipeline: {feed: raw.sales, staged: stg_sales, marts: [daily_sales], exports: [daily_sales_csv]}"
        ) -%}
    {%- endif -%}
    {{ return(parts.get(part) or []) }}
{% endmacro %}


{% macro day_column() %}
    {{- return(daily_partitions.pipeline("day") or "date") -}}
{% endmacro %}


{% macro feed_source() %}
    {%- set name = daily_partitions.pipeline("feed").split(".") -%}
    {{ return(source(name | first, name | last)) }}
{% endmacro %}


{% macro rules() %}
    {{ return(daily_partitions.engine_rules() + daily_partitions.pipeline("rules")) }}
{% endmacro %}


{% macro engine_rules() %}
    {{ return(["too_many_rejected", "emptied_by_an_empty_feed", "emptied_by_unreadable_dates"]) }}
{% endmacro %}


{% macro node_of(name) %}
    {%- for package in [project_name, "daily_partitions"] if "model." ~ package ~ "." ~ name in graph.nodes -%}
        {{ return(graph.nodes["model." ~ package ~ "." ~ name]) }}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error("The var pipeline names " ~ name ~ ", and there is no such model in the project " ~ project_name) -%}
{% endmacro %}


{% macro meta_of(name) %}
    {{ return(daily_partitions.node_of(name).config.get("meta") or {}) }}
{% endmacro %}


{% macro figures() %}
    {#- The figures of a day by name: SQL over the rows of a mart, as the mart's meta declares them -#}
    {%- if not execute -%}
        {{ return({}) }}
    {%- elif "figures" not in daily_partitions.of_run() -%}
        {%- set figures = {} -%}
        {%- for mart in daily_partitions.pipeline("marts") -%}
            {%- for name, sql in (daily_partitions.meta_of(mart).get("figures") or {}).items() -%}
                {%- do figures.update({name: {"mart": mart, "sql": sql}}) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- do daily_partitions.of_run().update({"figures": figures}) -%}
    {%- endif -%}
    {{ return(daily_partitions.of_run().figures) }}
{% endmacro %}


{% macro figure_type() %}
    {#- What is recorded outlives a change of types: wide enough for all of them -#}
    {{- return("decimal(38, 6)") -}}
{% endmacro %}


{% macro relation_of(name) %}
    {#- By the graph, where a ref would make the asker wait for the model, or comes too late for dbt to see -#}
    {%- if not execute -%}
        {{ return(api.Relation.create(identifier=name)) }}
    {%- endif -%}
    {%- set node = daily_partitions.node_of(name) -%}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) }}
{% endmacro %}


{% macro earlier(name) %}
    {#- What earlier runs left there. No ref: the plan comes before the models it asks. A preview has the warehouse attached -#}
    {%- if not execute -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(load_relation(daily_partitions.relation_of(name).incorporate(path={"database": "warehouse"}) if daily_partitions.is_preview() else daily_partitions.relation_of(name))) }}
{% endmacro %}


{% macro earlier_rows(name) %}
    {#- The same of a model of the engine as what can be selected from, which has all its columns also before its first run, and before a
        figure that is new -#}
    {%- set before = daily_partitions.earlier(name) -%}
    {%- set names = daily_partitions.columns_of(before) if before else {} -%}
    {%- set columns = {} -%}
    {%- for column in (daily_partitions.node_of(name).columns.values() if execute else []) -%} {%- do columns.update({column.name: column.data_type}) -%} {%- endfor -%}
    {%- for figure in (daily_partitions.figures() if name in ["partition_ledger", "partition_health"] else []) -%} {%- do columns.update({figure: daily_partitions.figure_type()}) -%} {%- endfor -%}
    {%- set terms = ["*"] if before else [] -%}
    {%- for column, type in columns.items() if column not in names -%} {%- do terms.append("null::" ~ type ~ " as " ~ column) -%} {%- endfor -%}
    {{ return(before if terms == ["*"] else "(select " ~ (terms or ["null"]) | join(", ") ~ (" from " ~ before if before else " where false") ~ ")") }}
{% endmacro %}


{% macro of_run() %}
    {#- What the run has found out by now, by a name: the one dictionary that all of its models see. What is here is not asked again -#}
    {{ return(graph.setdefault("daily_partitions " ~ invocation_id, {})) }}
{% endmacro %}

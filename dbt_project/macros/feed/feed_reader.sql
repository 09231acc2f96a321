{% macro feed_reader(relation, ranges) %}
    {%- set location = relation.external -%}
    {%- if not location or not location.startswith("'") -%}
        {#- A table of the warehouse, a subquery or a table function: read as it is -#}
        {{ return({"sql": relation | string, "is_data": "true"}) }}
    {%- endif -%}
    {%- set path = location[1:-1] | replace("''", "'") -%}
    {%- set files = feed_files(path, ranges) -%}
    {%- if not files -%}
        {{ return({
            "sql": "(select null::varchar as date, null::varchar as product, null::varchar as quantity, null::varchar as price)",
            "is_data": "false",
        }) }}
    {%- elif not modules.re.search("[.](csv|tsv)([.](gz|zst))?$", files[0] | lower) -%}
        {%- set reader = "read_json" if modules.re.search("[.](json|jsonl|ndjson)([.](gz|zst))?$", files[0] | lower) else "read_parquet" -%}
        {{ return({"sql": reader ~ "(" ~ sql_list(files) ~ ")", "is_data": "true"}) }}
    {%- endif -%}
    {{ return(csv_reader(files)) }}
{% endmacro %}

{% macro declared_columns() %}
    {#- The feed's columns as the source's YAML declares them: name, type, what it is called in the feed, whether it may be empty, how
        it is written -#}
    {%- if not execute -%}
        {{ return([]) }}
    {%- elif "columns" not in daily_partitions.of_run() -%}
        {%- set columns = [] -%}
        {%- for column in daily_partitions.feed_node().columns.values() -%}
            {%- set meta = (column.config or {}).get("meta") or column.meta or {} -%}
            {%- set type = daily_partitions.column_type(column.data_type | default("varchar", true)) -%}
            {%- if not type -%}
                {%- do daily_partitions.refuse_project(
                    "The column " ~ column.name ~ " of " ~ daily_partitions.pipeline("feed") ~ " has the data_type " ~ column.data_type ~ ", which the feed is not read as",
                    "varchar, integer, bigint, decimal(18, 2) (at most 38 digits), date, timestamp, timestamptz or boolean"
                ) -%}
            {%- endif -%}
            {%- do columns.append({
                "name": column.name, "sql": type.sql, "kind": type.kind, "scale": type.scale,
                "source_name": (meta.get("source_name") or column.name) | lower,
                "is_required": meta.get("required", false), "format": meta.get("format"),
            }) -%}
        {%- endfor -%}
        {%- do daily_partitions.of_run().update({"columns": columns}) -%}
    {%- endif -%}
    {{ return(daily_partitions.of_run().columns) }}
{% endmacro %}


{% macro check_columns() %}
    {#- What the source declares must be something that the engine can read, and must not be in its way -#}
    {%- set columns = daily_partitions.declared_columns() -%}
    {%- set names = columns | map(attribute="name") | list -%}
    {%- for name in names -%}
        {%- if name in ["rejected_reason", "raw_text", "filename"] or (name.startswith("raw_") and name[4:] in names) or (
            name == daily_partitions.day_column() != daily_partitions.day_source()
        ) -%}
            {%- do daily_partitions.refuse_project(
                "The column " ~ name ~ " of " ~ daily_partitions.pipeline("feed") ~ " has a name that the engine gives",
                "{name: " ~ name ~ "_in_feed, config: {meta: {source_name: " ~ name ~ "}}}"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if daily_partitions.day_source() not in columns | map(attribute="name") -%}
        {%- do daily_partitions.refuse_project(
            "The source " ~ daily_partitions.pipeline("feed") ~ " declares no column " ~ daily_partitions.day_source() ~ ", from which a row's day is read",
            "columns: [{name: " ~ daily_partitions.day_source() ~ ", data_type: date}], or meta: {day_from: another column}"
        ) -%}
    {%- endif -%}
{% endmacro %}


{% macro column_type(text) %}
    {%- set type = text | string | lower | replace(" ", "") -%}
    {%- set names = {
        "varchar": "text", "text": "text", "string": "text", "date": "date", "boolean": "boolean", "bool": "boolean",
        "timestamp": "timestamp", "timestamptz": "timestamptz", "timestampwithtimezone": "timestamptz",
        "tinyint": "number", "smallint": "number", "integer": "number", "int": "number", "bigint": "number",
    } -%}
    {%- set sql = {"text": "varchar", "string": "varchar", "bool": "boolean", "timestampwithtimezone": "timestamptz", "int": "integer"} -%}
    {%- if type in names -%}
        {{ return({"sql": sql.get(type, type), "kind": names[type], "scale": 0}) }}
    {%- endif -%}
    {%- set match = modules.re.fullmatch("(?:decimal|numeric)[(]([0-9]{1,2}),([0-9]{1,2})[)]", type) -%}
    {%- if match and 1 <= match.group(1) | int <= 38 and match.group(2) | int <= match.group(1) | int -%}
        {{ return({
            "sql": "decimal(" ~ match.group(1) | int ~ ", " ~ match.group(2) | int ~ ")", "kind": "number", "scale": match.group(2) | int
        }) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}


{% macro feed_node() %}
    {%- for node in graph.get("sources", {}).values() if node.source_name ~ "." ~ node.name == daily_partitions.pipeline("feed") -%}
        {{ return(node) }}
    {%- endfor -%}
    {{ return({"columns": {}, "config": {}}) }}
{% endmacro %}


{% macro feed_meta(name, default=none) %}
    {{ return((daily_partitions.feed_node().config.get("meta") or {}).get(name, default)) }}
{% endmacro %}


{% macro day_source() %}
    {#- The column of the feed that tells the day of a row -#}
    {{- return(daily_partitions.feed_meta("day_from", daily_partitions.day_column())) -}}
{% endmacro %}


{% macro declared_day() %}
    {{ return(daily_partitions.declared_columns() | selectattr("name", "equalto", daily_partitions.day_source()) | first) }}
{% endmacro %}


{% macro day_of_row(text) %}
    {{- daily_partitions.day_of(text, daily_partitions.declared_day().format) -}}
{% endmacro %}


{% macro reading_settings() %}
    {#- With other settings the same text holds other rows -#}
    {%- set settings = ["timezone " ~ daily_partitions.setting("timezone")] -%}
    {%- for column in daily_partitions.declared_columns() -%}
        {%- do settings.append(
            [column.name, column.sql, column.source_name if column.source_name != column.name | lower, column.format] | select | join(" ")
        ) -%}
    {%- endfor -%}
    {%- for name in ["delimiter", "decimal_separator", "day_from"] if daily_partitions.feed_meta(name) -%}
        {%- do settings.append(name ~ " " ~ daily_partitions.feed_meta(name)) -%}
    {%- endfor -%}
    {{ return(settings) }}
{% endmacro %}

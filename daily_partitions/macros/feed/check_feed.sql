{% macro check_feed() %}
    {%- set window = daily_partitions.run_window() -%}
    {%- for part in daily_partitions.feed_parts([window] if window else none) -%}
        {%- set columns = daily_partitions.columns_of(part.sql) -%}
        {%- for column in daily_partitions.declared_columns() if daily_partitions.stored_name(column, part) | lower not in columns -%}
            {%- do daily_partitions.refuse_feed(
                "has no column " ~ column.source_name ~ (" in " ~ part.files[0] if part.files else "") ~ ", it has " ~ (part.header or columns | join(", "))
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}


{% macro columns_of(reader) %}
    {#- By their names in small letters, with their types. Asked once a run, and again of a table that a model has made since -#}
    {%- set key = "columns of " ~ reader -%}
    {%- if key not in daily_partitions.of_run() -%}
        {%- set columns = {} -%}
        {%- for row in run_query("describe select * from " ~ reader) -%}
            {%- do columns.update({row["column_name"] | lower: row["column_type"]}) -%}
        {%- endfor -%}
        {%- do daily_partitions.of_run().update({key: columns}) -%}
    {%- endif -%}
    {{ return(daily_partitions.of_run()[key]) }}
{% endmacro %}


{% macro refuse_feed(fault) %}
    {%- do exceptions.raise_compiler_error(
        "The feed " ~ daily_partitions.pipeline("feed") ~ " " ~ fault ~ ". It needs the columns " ~ daily_partitions.declared_columns() | map(attribute="source_name") | join(", ")
        ~ "; a column with another name in the feed is declared beside it in " ~ daily_partitions.feed_node().original_file_path
        ~ ": config: {meta: {source_name: …}}, and what is more than that is mapped by a subquery for a path:"
        ~ " (select day as date, sku as product, … from 'feed.csv')"
    ) -%}
{% endmacro %}

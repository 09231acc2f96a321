{% macro feed(relation, ranges) %}
    {#- Each column as text, called raw_ and its name. Only what reads rows looks at the feed: dbt compile and docs work without it -#}
    {%- set columns = daily_partitions.declared_columns() -%}
    {%- if not execute or flags.WHICH not in ["run", "build", "show"] -%}
        {%- set fields = [] -%}
        {%- for column in columns -%} {%- do fields.append('cast("' ~ column.source_name ~ '" as varchar) as raw_' ~ column.name) -%} {%- endfor -%}
        {{ return("(select " ~ fields | join(", ") ~ " from " ~ relation ~ ")") }}
    {%- endif -%}
    (
    {%- for part in daily_partitions.feed_parts(ranges) %}
        select {{ daily_partitions.raw_columns(columns, part) }}
        from {{ part.sql }}
        where {{ daily_partitions.is_of_its_file(part) if part.file_of_day else daily_partitions.may_hold(part, ranges) }}
        {%- if part.is_whole and not part.file_of_day and "/" ~ daily_partitions.declared_day().source_name ~ "=" in part.files | join(" ") %}
            and {{ daily_partitions.is_of_its_folder(part) }}
        {%- endif %}
        {{ "union all" if not loop.last }}
    {%- else %}
        select {% for column in columns %} null::varchar as raw_{{ column.name }}, {% endfor %}
        where false
    {%- endfor %}
    )
{% endmacro %}


{% macro raw_columns(columns, part) %}
    {#- What is no text there is written as the declared format and separator have it, in which it is read -#}
    {%- set has_comma = daily_partitions.feed_meta("decimal_separator") == "," -%}
    {%- set types = daily_partitions.columns_of(part.sql) if not part.names or columns | selectattr("format") | list or has_comma else {} -%}
    {%- set fields = [] -%}
    {%- for column in columns -%}
        {%- set name = daily_partitions.stored_name(column, part) -%}
        {%- set field = '"' ~ name ~ '"' -%}
        {%- set type = types.get(name | lower, "VARCHAR") -%}
        {%- if type == "JSON" -%}
            {%- set field = field ~ " ->> '$'" -%}
        {%- elif column.format and type.startswith(("DATE", "TIMESTAMP")) -%}
            {%- set zone = " at time zone '" ~ daily_partitions.setting("timezone") ~ "'" if type == "TIMESTAMP WITH TIME ZONE" and "%z" not in column.format else "" -%}
            {%- set field = "strftime(" ~ field ~ zone ~ ", " ~ daily_partitions.sql_text(column.format) ~ ")" -%}
        {%- elif has_comma and column.kind == "number" and type != "VARCHAR" -%}
            {%- set field = "replace(cast(" ~ field ~ " as varchar), '.', ',')" -%}
        {%- endif -%}
        {%- do fields.append("cast(" ~ field ~ " as varchar) as raw_" ~ column.name) -%}
    {%- endfor -%}
    {{- return(fields | join(", ")) -}}
{% endmacro %}


{% macro stored_name(column, part) %}
    {#- A CSV is read with the declared names; a folder's key and a column of another file have the feed's -#}
    {{- return(column.name if column.name in (part.names or []) else column.source_name) -}}
{% endmacro %}


{% macro may_hold(part, ranges) %}
    {#- A predicate on the column as it is stored, so that row groups, files and folders of other days are not read -#}
    {%- set column = daily_partitions.declared_day() -%}
    {%- set name = '"' ~ daily_partitions.stored_name(column, part) ~ '"' -%}
    {%- set type = daily_partitions.columns_of(part.sql)[name[1:-1] | lower] if ranges is not none else "" -%}
    {%- if type != "DATE" and not type.startswith("TIMESTAMP") -%}
        {{ return("true") }}
    {%- endif -%}
    {%- set day = modules.datetime.timedelta(days=1) -%}
    {%- set terms = [name ~ " is null"] -%}
    {%- for window in ranges -%}
        {%- if type == "DATE" -%}
            {%- do terms.append(name ~ " between date '" ~ window.start ~ "' and date '" ~ window.end ~ "'") -%}
        {%- elif type == "TIMESTAMP WITH TIME ZONE" -%}
            {#- Wider than the days are in any time zone: no zone is a day away from UTC. Where midnight comes twice or never, the
                instant of a local time is not the first of its day, so the exact days are left to who reads the rows -#}
            {%- do terms.append(
                "(" ~ name ~ " >= timestamptz '" ~ (window.start - day) ~ " 00:00:00+00' and "
                ~ name ~ " < timestamptz '" ~ (window.end + day + day) ~ " 00:00:00+00')"
            ) -%}
        {%- else -%}
            {%- do terms.append("(" ~ name ~ " >= timestamp '" ~ window.start ~ "' and " ~ name ~ " < timestamp '" ~ (window.end + day) ~ "')") -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return("(" ~ terms | join(" or ") ~ ")") }}
{% endmacro %}


{% macro is_of_its_file(part) %}
    {#- Else the row would be found or missed depending on which other days the run asks for -#}
    {%- set filename = part.file_column or "filename" -%}
    {%- set day = daily_partitions.stored_day(part) -%}
    {%- set tests = [] -%}
    {#- In a name ** may stand for no folder -#}
    {%- for pattern in [part.file_of_day, part.file_of_day | replace("**/", "")] | unique -%}
        {%- do tests.append(filename ~ " ~~~ strftime(" ~ day ~ ", " ~ daily_partitions.sql_text(pattern) ~ ")") -%}
        {%- do tests.append(filename ~ " ~~~ strftime(" ~ day ~ ", " ~ daily_partitions.sql_text(pattern.rstrip("/") ~ "/**") ~ ")") -%}
    {%- endfor -%}
    case
        when coalesce({{ tests | join(" or ") }}, true) then true
        else error(
            {{ daily_partitions.row_of_another_day(filename, day) }}
            || '. In a feed of a file a day each file must hold the rows of the day in its name; else name all files: {{ daily_partitions.any_day(part.file_of_day) | replace("'", "''") }}'
        )
    end
{% endmacro %}


{% macro is_of_its_folder(part) %}
    {#- The same of a file that has the day beside the name of its folder, as what is partitioned the hive way need not -#}
    {%- set filename = part.file_column or "filename" -%}
    {%- set day = daily_partitions.stored_day(part) -%}
    {%- set query = "(select * from read_csv('" ~ daily_partitions.feed_path() ~ "/**', hive_partitioning = false, all_varchar = true))" -%}
    case
        when coalesce({{ daily_partitions.hive_day(filename, daily_partitions.feed_path()) }} = {{ day }}, true) then true
        else error(
            {{ daily_partitions.row_of_another_day(filename, day) }}
            || {{ daily_partitions.sql_text(". A folder with a day in its name must hold the rows of this day; else the feed is a query: " ~ query) }}
        )
    end
{% endmacro %}


{% macro stored_day(part) %}
    {%- set column = daily_partitions.declared_day() -%}
    {{- daily_partitions.day_of('cast("' ~ daily_partitions.stored_name(column, part) ~ '" as varchar)', column.format) -}}
{% endmacro %}


{% macro row_of_another_day(filename, day) %}
    {{- filename ~ " || ' holds a row of ' || strftime(" ~ day ~ ", '%Y-%m-%d') || ' in " ~ daily_partitions.setting("timezone") ~ "'" -}}
{% endmacro %}

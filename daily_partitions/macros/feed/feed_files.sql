{% macro feed_files(path, ranges=none) %}
    {#- A field of the date in the path, such as %Y or %-d, leaves only the files of the days in question -#}
    {%- set all_days = daily_partitions.any_day(path) -%}
    {%- set patterns = [all_days] -%}
    {%- set days = daily_partitions.days_of(ranges) if ranges is not none and all_days != path else none -%}
    {%- if days and days | length <= 31 -%}
        {%- set patterns = [] -%}
        {%- for day in days -%}
            {%- do patterns.append(day.strftime(path)) -%}
        {%- endfor -%}
    {%- endif -%}
    {#- The days beyond are those of a feed that is ahead of the calendar -#}
    {%- set last = ([daily_partitions.newest_complete_day() + modules.datetime.timedelta(days=366)] + (days or [])) | max -%}
    {%- set name = "files-" ~ local_md5(invocation_id ~ patterns | join("\n") ~ last) -%}
    {%- do daily_partitions.ask_feed(
        "noted_files(" ~ [daily_partitions.sql_list(patterns) ~ "::varchar[]", daily_partitions.sql_text(path), "date '" ~ daily_partitions.day_var("start_date") ~ "'",
        "date '" ~ last ~ "'", daily_partitions.sql_text(name)] | join(", ") ~ ")"
    ) -%}
    {%- set hive_day = daily_partitions.hive_day("file", path) -%}
    (
        select partition_date, file, size, modified_ns, changed_ns, inode
        from {{ daily_partitions.noted(name, "{partition_date: 'date', file: 'varchar', size: 'bigint', modified_ns: 'bigint', changed_ns: 'bigint', inode: 'ubigint'}") }}
        {%- if days is not none %}
        where {{ daily_partitions.in_ranges("partition_date", ranges, computed=true) }}
        {%- elif ranges is not none %}
        {#- In a hive-partitioned folder the folder's name is the day #}
        where {{ hive_day }} is null or {{ daily_partitions.in_ranges(hive_day, ranges, computed=true) }}
        {%- endif %}
    )
{% endmacro %}


{% macro ask_feed(call) %}
    {%- set fault = run_query("select " ~ call ~ " as fault")[0]["fault"] -%}
    {%- if fault -%} {%- do exceptions.raise_compiler_error("The feed " ~ daily_partitions.pipeline("feed") ~ " " ~ fault ~ ". Nothing was published") -%} {%- endif -%}
{% endmacro %}


{% macro hive_day(file, path) %}
    {#- The day that a folder below the feed's own has in its name -#}
    {%- set column = daily_partitions.declared_day() -%}
    {%- set before = modules.re.split("[*?[]", path)[0] -%}
    {%- set root = before if before == path else before.rpartition("/")[0] -%}
    {%- set folder = "regexp_extract(substr(" ~ file ~ ", " ~ (root | length + 1) ~ "), '/" ~ column.source_name ~ "=([0-9]{4}-[0-9]{2}-[0-9]{2})/', 1)" -%}
    {{- return("null::date" if column.format else "try_cast(" ~ folder ~ " as date)") -}}
{% endmacro %}


{% macro any_day(path) %}
    {{ return(modules.re.sub("%-?[A-Za-z]", "*", path)) }}
{% endmacro %}

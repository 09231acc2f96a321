{% macro feed_files(path, ranges=none) %}
    {#- A field of the date in the path, such as %Y or %-d, leaves only the files of the days in question -#}
    {%- set all_days = any_day(path) -%}
    {%- set patterns = file_or_folder(all_days) -%}
    {%- set days = days_of(ranges) if ranges is not none and all_days != path else none -%}
    {%- if days and days | length <= 31 -%}
        {%- set patterns = [] -%}
        {%- for day in days -%}
            {%- do patterns.extend(file_or_folder(day.strftime(path))) -%}
        {%- endfor -%}
    {%- endif -%}
    {#- The days beyond are those of a feed that is ahead of the calendar -#}
    {%- set last = ([newest_complete_day() + modules.datetime.timedelta(days=366)] + (days or [])) | max -%}
    {%- set name = "files-" ~ local_md5(invocation_id ~ patterns | join("\n") ~ last) -%}
    {%- do run_query(
        "select noted_files(" ~ [sql_list(patterns) ~ "::varchar[]", sql_text(path), "date '" ~ day_var("start_date") ~ "'",
        "date '" ~ last ~ "'", sql_text(name)] | join(", ") ~ ")"
    ) -%}
    {%- set hive_day = "try_cast(regexp_extract(file, '/date=([0-9]{4}-[0-9]{2}-[0-9]{2})/', 1) as date)" -%}
    (
        select partition_date, file, size, modified_ns, changed_ns, inode
        from read_json(
            getvariable('noted') || '{{ name }}.json',
            format = 'newline_delimited',
            columns = {
                partition_date: 'date', file: 'varchar', size: 'bigint', modified_ns: 'bigint', changed_ns: 'bigint', inode: 'ubigint'
            }
        )
        {%- if days is not none %}
        where {{ in_ranges("partition_date", ranges, computed=true) }}
        {%- elif ranges is not none %}
        {#- In a hive-partitioned folder the folder's name is the day #}
        where {{ hive_day }} is null or {{ in_ranges(hive_day, ranges, computed=true) }}
        {%- endif %}
    )
{% endmacro %}


{% macro file_or_folder(path) %}
    {{ return([path] if "**" in path else [path, path.rstrip("/") ~ "/**"]) }}
{% endmacro %}


{% macro any_day(path) %}
    {{ return(modules.re.sub("%-?[A-Za-z]", "*", path)) }}
{% endmacro %}


{% macro is_file_of(filename, day, path) %}
    {%- set tests = [] -%}
    {%- for pattern in file_or_folder(path) -%}
        {%- do tests.append(filename ~ " ~~~ strftime(" ~ day ~ ", " ~ sql_text(pattern) ~ ")") -%}
    {%- endfor -%}
    {{- "(" ~ tests | join(" or ") ~ ")" -}}
{% endmacro %}

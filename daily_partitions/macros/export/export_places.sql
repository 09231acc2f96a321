{% macro export_of(name) %}
    {#- The path of an export below export_dir, with a day's fields as strftime has them; its ending says the format -#}
    {%- set path = daily_partitions.meta_of(name).get("path") or "" -%}
    {%- set fields = modules.re.findall("%-?[A-Za-z]", path) | map("replace", "-", "") | list -%}
    {%- if (
        not ("%Y" in fields and ("%j" in fields or ("%d" in fields and ("%m" in fields or "%b" in fields or "%B" in fields))))
        or not modules.re.fullmatch(".*[.](csv|parquet)", path)
    ) -%}
        {%- do daily_partitions.refuse_project(
            "The path of " ~ name ~ " is '" ~ path ~ "', expected one that has year, month and day and ends in .csv or .parquet",
            "meta: {path: '%Y/%m/%d/" ~ name ~ ".csv'}"
        ) -%}
    {%- endif -%}
    {{- return(path) -}}
{% endmacro %}


{% macro export_path(file) %}
    {#- As it is set and shown; absolute_path makes of it one that can be opened -#}
    {{- return((env_var("EXPORT_DIR", "") or daily_partitions.setting("export_dir")).rstrip("/") ~ "/" ~ file) -}}
{% endmacro %}


{% macro export_places(ranges) %}
    {#- Where each of these days belongs in each export -#}
    {%- set places = [] -%}
    {%- for name in daily_partitions.pipeline("exports") if execute -%}
        {%- do places.append(
            "select partition_date, '" ~ name ~ "' as model, " ~ daily_partitions.sql_text(daily_partitions.export_path("")) ~ " || strftime(partition_date, " ~ daily_partitions.sql_text(daily_partitions.export_of(name))
            ~ ") as path, " ~ daily_partitions.sql_text(daily_partitions.absolute_path(daily_partitions.export_path(""))) ~ " || strftime(partition_date, " ~ daily_partitions.sql_text(daily_partitions.export_of(name)) ~ ") as filename, '"
            ~ daily_partitions.made_by(name) ~ "' as made_by from (" ~ daily_partitions.days_in(ranges) ~ ")"
        ) -%}
    {%- endfor -%}
    {{- return(
        places | join(" union all ")
        or "select null::date as partition_date, null::varchar as model, null::varchar as path, null::varchar as filename, null::varchar as made_by"
        ~ " where false"
    ) -}}
{% endmacro %}


{% macro file_facts(places, hash=true) %}
    {#- What is at these places: size, time of change and, if asked for, MD5; null where nothing is -#}
    {%- set facts -%}
        select null::varchar as file, null::bigint as size, null::timestamp_ns as changed_at, null::varchar as hash where false
    {%- endset -%}
    {%- if execute and "://" in daily_partitions.export_path("") -%}
        {%- set files = run_query(
            "select to_json(list(filename))::varchar as files from (" ~ places ~ ") where filename in (" ~ daily_partitions.globs(daily_partitions.exported_files()) ~ ")"
        )[0]["files"] -%}
        {%- if files -%}
            {%- set facts -%}
                select
                    filename as file, size, last_modified::timestamp::timestamp_ns as changed_at,
                    {{ "md5(content)" if hash else "null::varchar" }} as hash
                from read_blob({{ daily_partitions.sql_list(fromjson(files)) }})
            {%- endset -%}
        {%- endif -%}
    {%- elif execute -%}
        {%- set name = "facts-" ~ local_md5(places ~ modules.datetime.datetime.now()) -%}
        {%- do run_query("select noted_facts(list(filename), " ~ hash ~ ", '" ~ name ~ "') from (" ~ places ~ ")") -%}
        {%- set facts -%}
            select file, size, make_timestamp_ns(changed_ns) as changed_at, hash
            from {{ daily_partitions.noted(name, "{file: 'varchar', size: 'bigint', changed_ns: 'bigint', hash: 'varchar'}") }}
        {%- endset -%}
    {%- endif -%}
    select places.*, facts.size, facts.changed_at, facts.hash
    from ({{ places }}) as places
    left join ({{ facts }}) as facts on filename = file
{% endmacro %}


{% macro exported_files(name=none) %}
    {#- Globs of all files of an export, or of all. What is special in a glob may be in the folder's own name -#}
    {%- set folder = modules.re.sub("([][*?])", "[\\1]", daily_partitions.absolute_path(daily_partitions.export_path(""))) -%}
    {%- set globs = [] -%}
    {%- for export in ([name] if name else daily_partitions.pipeline("exports")) -%}
        {%- set path = daily_partitions.export_of(export) | replace("%Y", "[0-9][0-9][0-9][0-9]") | replace("%m", "[0-9][0-9]") | replace("%d", "[0-9][0-9]") -%}
        {%- do globs.append(folder ~ daily_partitions.any_day(path)) -%}
    {%- endfor -%}
    {{ return(globs) }}
{% endmacro %}

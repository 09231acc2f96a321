{% test exported_as_published(model, mart) %}
    {#- Text against text, headers too, of the days that were written: what is on disk must be what would be written again -#}
    {%- set columns = adapter.get_column_schema_from_query("from " ~ mart) if execute and load_relation(mart) else [] -%}
    {%- set names = columns | map(attribute="name") | list -%}
    {%- set is_csv = not execute or daily_partitions.export_of(model.identifier).endswith(".csv") -%}
    {%- set places = "select filename from (" ~ daily_partitions.export_places(daily_partitions.export_ranges()) ~ ") where model = '" ~ model.identifier ~ "'" -%}
    {%- set files = run_query(
        places ~ " and filename in (" ~ daily_partitions.globs(daily_partitions.exported_files(model.identifier)) ~ ")").columns[0].values() if execute and names else [] -%}
    with

        exported as (
            {%- if files and is_csv %}
                select {{ names | join(", ") }}
                from
                    read_csv(
                        {{ daily_partitions.sql_list(files) }},
                        columns = {{ daily_partitions.sql_struct(dict.fromkeys(names, "varchar")) }},
                        auto_detect = false,
                        header = false,
                        hive_partitioning = false,
                        delim = ',',
                        quote = '"',
                        escape = '"'
                    )
            {%- elif files %}select columns(*)::varchar from read_parquet({{ daily_partitions.sql_list(files) }}, hive_partitioning = false)
            {%- else %}select {% for name in names or ["nothing"] %} null::varchar as {{ name }}, {% endfor %} where false
            {%- endif %}
        ),

        published as (
            {%- if names %}
            select columns(*)::varchar
            from (select {{ daily_partitions.csv_values(columns) if is_csv else "*" }} from {{ mart }} where {{ daily_partitions.in_ranges(daily_partitions.day_column(), daily_partitions.export_ranges()) }})
            {%- if is_csv %}
            union all
            -- each day's header
            select {% for name in names %} '{{ name }}', {% endfor %}
            from range({{ daily_partitions.days_of(daily_partitions.export_ranges()) | length }})
            {%- endif %}
            {%- else %} select * from exported
            {%- endif %}
        )

        (
            select 'only exported' as found, *
            from exported
            except all
            select 'only exported' as found, *
            from published
        )
    union all
    (
        select 'only published' as found, *
        from published
        except all
        select 'only published' as found, *
        from exported
    )
{% endtest %}

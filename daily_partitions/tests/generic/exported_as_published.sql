{% test exported_as_published(model, mart) %}
    {#- Text against text, headers too, of the days that were written: what is on disk must be what would be written again -#}
    {%- set types = daily_partitions.column_types("from " ~ mart) if execute and load_relation(mart) else {} -%}
    {%- set is_csv = not execute or daily_partitions.export_of(model.identifier).endswith(".csv") -%}
    {%- set places = "select filename from (" ~ daily_partitions.export_places(daily_partitions.export_ranges()) ~ ") where model = '" ~ model.identifier ~ "'" -%}
    {%- set files = run_query(
        places ~ " and filename in (" ~ daily_partitions.globs(daily_partitions.exported_files(model.identifier)) ~ ")").columns[0].values() if types else [] -%}
    {%- set texts = dict.fromkeys(types or ["nothing"], "varchar") -%}
    with

        exported as (
            select columns(*)::varchar
            from ({{ daily_partitions.read_exports(daily_partitions.sql_list(files) if files else none, texts, header=not is_csv) }})
        ),

        published as (
            {%- if types %}
            select columns(*)::varchar
            from (select {{ daily_partitions.csv_values(types) if is_csv else "*" }} from {{ mart }} where {{ daily_partitions.in_ranges(daily_partitions.day_column(), daily_partitions.export_ranges()) }})
            {%- if is_csv %}
            union all
            -- each day's header
            select {% for name in types %} {{ daily_partitions.sql_text(name) }}, {% endfor %}
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

{% test exported_as_published(model, mart, file_name) %}
    {#- Of the run's days alone: to read all files would cost more with each day of history -#}
    {%- set columns = adapter.get_columns_in_relation(mart) if execute else [] -%}
    {%- set names = columns | map(attribute="name") | join(", ") -%}
    {%- set paths = [] -%}
    {%- for day in days_of(plan_ranges()) -%}
        {%- do paths.append(absolute_path(export_path(day.strftime("%Y/%m/%d/") ~ file_name))) -%}
    {%- endfor -%}
    {%- set there = existing_files(paths) if execute else [] -%}
    with

        exported as ({{ read_exports(sql_list(there) if there, columns) }}),

        published as (select {{ names or "*" }} from {{ mart }} where {{ in_plan("date") }})

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

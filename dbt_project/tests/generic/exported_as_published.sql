{% test exported_as_published(model, mart, file_name) %}
    {#- Text against text, headers too, of the days that passed: what is on disk must be what would be written again -#}
    {%- set names = (adapter.get_columns_in_relation(mart) | map(attribute="name") | list if execute) or ["date"] -%}
    {%- set days = days_of(export_ranges()) -%}
    {%- set paths = [] -%}
    {%- for day in days -%} {%- do paths.append(export_file(file_name, day)) -%} {%- endfor -%}
    {%- set files = existing_files(paths) if execute else [] -%}
    with

        exported as (
            {%- if files %}
                select {{ names | join(", ") }}
                from
                    read_csv(
                        {{ sql_list(files) }},
                        columns = {{ sql_struct(dict.fromkeys(names, "varchar")) }},
                        auto_detect = false,
                        header = false,
                        delim = ',',
                        quote = '"',
                        escape = '"'
                    )
            {%- else %}select {% for name in names %} null::varchar as {{ name }}, {% endfor %} where false
            {%- endif %}
        ),

        published as (
            select
                {% for name in names %}
                    {{ spreadsheet_text("product") if name == "product" else "cast(" ~ name ~ " as varchar)" }}
                    as {{ name }},
                {% endfor %}
            from {{ mart }}
            where {{ in_ranges("date", export_ranges()) }}
            union all
            -- each day's header
            select {% for name in names %} '{{ name }}', {% endfor %}
            from range({{ days | length }})
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

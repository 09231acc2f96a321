{% macro keep_other_days() %}
    {#- A full refresh builds the table anew from the days that passed; all others keep the rows they had, unrounded -#}
    {%- set passed = in_plan("date", status="passed") -%}
    {%- set before = load_relation(make_backup_relation(this, "table")) if execute and should_full_refresh() -%}
    {%- if before -%}
        {%- set columns = adapter.get_columns_in_relation(this) -%}
        {%- set types = {} -%}
        {%- for column in adapter.get_columns_in_relation(before) -%}
            {%- do types.update({column.name: column.data_type}) -%}
        {%- endfor -%}
        {%- set changed = [] -%}
        {%- for column in columns if column.data_type != types[column.name] -%}
            {%- do changed.append(
                "try_cast(try_cast(" ~ column.name ~ " as " ~ column.data_type ~ ") as " ~ types[column.name] ~ ") is distinct from " ~ column.name
            ) -%}
        {%- endfor -%}
        {%- if changed %}
        select error(
            strftime(date, '%Y-%m-%d') || ' is not replaced by this full refresh, and its {{ this.name }} do not fit the new types.'
            || ' Mend the day in the feed, or keep types that hold what it has'
        )
        from {{ before }}
        where not {{ passed }} and ({{ changed | join(" or ") }});
        {%- endif %}

        insert into {{ this }} ({{ get_quoted_csv(columns | map(attribute="name")) }})
        select {{ get_quoted_csv(columns | map(attribute="name")) }}
        from {{ before }}
        where not {{ passed }}
    {%- endif -%}
{% endmacro %}

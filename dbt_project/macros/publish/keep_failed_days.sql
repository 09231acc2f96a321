{% macro keep_failed_days() %}
    {#- A full refresh builds the table anew from the passed days; a failed day keeps the rows it had -#}
    {%- set failed = in_plan("date", status="failed") -%}
    {%- set before = load_relation(make_backup_relation(this, "table")) if execute and should_full_refresh() -%}
    {%- if before -%}
        {%- set columns = get_quoted_csv(adapter.get_columns_in_relation(this) | map(attribute="name")) -%}
        insert into {{ this }} ({{ columns }})
        select {{ columns }}
        from {{ before }}
        where {{ failed }}
    {%- endif -%}
{% endmacro %}

{% macro get_incremental_replace_passed_days_sql(arg_dict) %}
    {{ return(replace_days(arg_dict, in_plan("date", status="passed"))) }}
{% endmacro %}


{% macro get_incremental_replace_planned_days_sql(arg_dict) %}
    {#- Rows without a day are replaced too: every run meets all of them anew -#}
    {{ return(replace_days(arg_dict, in_plan("date") ~ (" or date is null" if plan_ranges() else ""))) }}
{% endmacro %}


{% macro replace_days(arg_dict, days) %}
    {#- By day and not by key: a day for which no new rows came must lose its old ones -#}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ days }};

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }};
{% endmacro %}

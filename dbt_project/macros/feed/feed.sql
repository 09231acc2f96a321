{% macro feed(relation, ranges="planned") %}
    {#- Only what reads rows looks at the feed: dbt compile and docs work without it. In a unit test it is a CTE of given rows -#}
    {%- if not execute or relation.is_cte or flags.WHICH not in ["run", "build", "show", "run-operation"] -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set ranges = plan_ranges() if ranges == "planned" else ranges -%}
    (
    {%- for part in feed_parts(relation, ranges) %}
        select
            cast(date as varchar) as date,
            cast(product as varchar) as product,
            cast(quantity as varchar) as quantity,
            cast(price as varchar) as price
        from {{ part.sql }}
        where {{ is_of_its_file(part.file_column or "filename", part.file_of_day) if part.file_of_day else may_hold(part.sql, ranges) }}
        {{ "union all" if not loop.last }}
    {%- else %}
        select null::varchar as date, null::varchar as product, null::varchar as quantity, null::varchar as price
        where false
    {%- endfor %}
    )
{% endmacro %}


{% macro may_hold(reader, ranges) %}
    {#- A predicate on the column as it is stored, so that row groups, files and folders of other days are not read -#}
    {%- set type = feed_columns(reader)["date"] if ranges is not none else "" -%}
    {%- if type != "DATE" and not type.startswith("TIMESTAMP") -%}
        {{ return("true") }}
    {%- endif -%}
    {%- set day = modules.datetime.timedelta(days=1) -%}
    {%- set terms = ["date is null"] -%}
    {%- for window in ranges -%}
        {%- if type == "DATE" -%}
            {%- do terms.append("date between date '" ~ window.start ~ "' and date '" ~ window.end ~ "'") -%}
        {%- elif type == "TIMESTAMP WITH TIME ZONE" -%}
            {#- Wider than the days are in any time zone: no zone is a day away from UTC. Where midnight comes twice or never, the
                instant of a local time is not the first of its day, so the exact days are left to who reads the rows -#}
            {%- do terms.append("(date >= timestamptz '" ~ (window.start - day) ~ " 00:00:00+00' and date < timestamptz '" ~ (window.end + day + day) ~ " 00:00:00+00')") -%}
        {%- else -%}
            {%- do terms.append("(date >= timestamp '" ~ window.start ~ "' and date < timestamp '" ~ (window.end + day) ~ "')") -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return("(" ~ terms | join(" or ") ~ ")") }}
{% endmacro %}


{% macro is_of_its_file(filename, file_of_day) %}
    {#- Else the row would be found or missed depending on which other days the run asks for -#}
    {%- set day = day_of("cast(date as varchar)") -%}
    case
        when coalesce({{ is_file_of(filename, day, file_of_day) }}, true) then true
        else error(
            {{ filename }} || ' holds a sale of ' || strftime({{ day }}, '%Y-%m-%d') || ' in {{ var("timezone") }}. In a feed of a file a day each'
            || ' file must hold the sales of the day in its name; else name all files: RAW_SALES_PATH={{ any_day(file_of_day) | replace("'", "''") }}'
        )
    end
{% endmacro %}

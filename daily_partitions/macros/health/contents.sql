{% macro has_other_rows(one, other) %}
    {#- Both with row_count and rows_hash; the hash of another version of DuckDB says nothing -#}
    {%- set hash, other_hash = one | replace("*", "rows_hash"), other | replace("*", "rows_hash") -%}
    ({{ one | replace("*", "row_count") }} != {{ other | replace("*", "row_count") }}
        or (split_part({{ hash }}, ' ', 1) = split_part({{ other_hash }}, ' ', 1) and {{ hash }} != {{ other_hash }}))
{%- endmacro %}


{% macro mart_contents(ranges, leave_out="false", of_version=false) %}
    {#- Of each mart and each of these days: how many rows there are, and a hash of them behind the version of DuckDB that made it. A mart
        that is not there has none -#}
    {%- set marts = [] -%}
    {%- for name in daily_partitions.pipeline("marts") if execute -%}
        {%- set rows_of_mart -%}
            {%- if daily_partitions.earlier(name) -%}
                select {{ daily_partitions.day_column() }} as day, hash('{{ name }}', *columns(*)) as row_hash
                from {{ "(" ~ daily_partitions.version_rows(name) ~ ")" if of_version else daily_partitions.earlier(name) }}
                where {{ daily_partitions.in_ranges(daily_partitions.day_column(), ranges) }}
            {%- else -%}
                select null::date as day, null::ubigint as row_hash where false
            {%- endif -%}
        {%- endset -%}
        {%- set mart -%}
            select
                partition_date,
                '{{ name }}' as model,
                count(day) as row_count,
                concat(version(), ' ', coalesce(sum(row_hash), 0)) as rows_hash,
                '{{ daily_partitions.made_by(name) }}' as made_by
            from ({{ daily_partitions.days_in(ranges) }}) as days
            left join ({{ rows_of_mart }}) as rows_of_mart on partition_date = day
            where not ({{ leave_out }})
            group by partition_date
        {%- endset -%}
        {%- do marts.append(mart) -%}
    {%- endfor -%}
    {{- return(
        marts | join(" union all ")
        or "select null::date as partition_date, null::varchar as model, null::bigint as row_count, null::varchar as rows_hash, null::varchar as made_by where false"
    ) -}}
{% endmacro %}

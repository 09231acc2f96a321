{% macro figures_of(ranges) %}
    select days.partition_date
    {%- for name in daily_partitions.figures() %}, {{ name }} {%- endfor %}
    from ({{ daily_partitions.days_in(ranges) }}) as days
    {%- for name, figure in daily_partitions.figures().items() %}
    left join (
        select {{ daily_partitions.day_column() }} as partition_date, cast({{ figure.sql }} as {{ daily_partitions.figure_type() }}) as {{ name }}
        from {{ daily_partitions.relation_of(figure.mart) }}
        where {{ daily_partitions.in_ranges(daily_partitions.day_column(), ranges) }}
        group by all
    ) as {{ name }}_of_day on days.partition_date = {{ name }}_of_day.partition_date
    {%- endfor %}
{% endmacro %}

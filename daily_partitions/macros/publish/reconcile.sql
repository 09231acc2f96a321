{% macro reconciled_rows() %}
    {#- A mart that claims to account for each good row, by an expression in its meta, is held to it before it is published -#}
    {%- set accounts_for = (config.get("meta") or {}).get("accounts_for") -%}
    {%- if accounts_for and daily_partitions.passed_ranges() %}
        select error(
            'The rows of ' || strftime(partition_date, '%Y-%m-%d') || ' do not add up: ' || good_rows || ' good ones were to be kept, {{ this.name }}'
            || ' accounts for ' || accounted_rows || '. It was left as it was'
        )
        from ({{ daily_partitions.unaccounted_days(this, accounts_for) }});
    {%- endif %}
{% endmacro %}


{% macro unaccounted_days(mart, accounts_for) %}
    {%- set audit = daily_partitions.relation_of("partition_audit") -%}
    select partition_date, row_count as good_rows, coalesce(accounted_rows, 0) as accounted_rows, '{{ mart.identifier }}' as model
    from {{ audit }}
    left join (
        select {{ daily_partitions.day_column() }} as partition_date, {{ accounts_for }} as accounted_rows
        from {{ mart }}
        where {{ daily_partitions.in_ranges(daily_partitions.day_column(), daily_partitions.passed_ranges()) }}
        group by all
    ) using (partition_date)
    where status = 'passed' and run_id = {{ daily_partitions.planning_run(audit) }} and row_count != coalesce(accounted_rows, 0)
{% endmacro %}


{% macro reconcile_rejected_rows(audit) %}
    {%- if daily_partitions.planned_ranges() %}
        select error(
            'The rejected rows of ' || coalesce(strftime(partition_date, '%Y-%m-%d'), 'no day') || ' do not add up: ' || good_rows
            || ' were to be kept, there are ' || accounted_rows || '. Nothing was published'
        )
        from ({{ daily_partitions.unaccounted_rejects(audit) }});
    {%- endif %}
{% endmacro %}


{% macro unaccounted_rejects(audit) %}
    {#- Those of no day too -#}
    {%- set rejected = daily_partitions.relation_of("rejected_rows") -%}
    {%- set staged = daily_partitions.relation_of(daily_partitions.pipeline("staged")) -%}
    select partition_date, rejected_count as good_rows, coalesce(kept_rows, 0) as accounted_rows, 'rejected_rows' as model
    from (
        select partition_date, rejected_count from {{ audit }} where run_id = {{ daily_partitions.planning_run(audit) }}
        union all
        select null, count(*) from {{ staged }} where {{ daily_partitions.day_column() }} is null
    ) as expected
    left join (
        select partition_date as day, count(*) as kept_rows
        from {{ rejected }}
        where partition_date is null or {{ daily_partitions.in_ranges("partition_date", daily_partitions.planned_ranges()) }}
        group by all
    ) as kept on expected.partition_date is not distinct from kept.day
    where rejected_count != coalesce(kept_rows, 0)
{% endmacro %}

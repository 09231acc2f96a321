{% macro reconcile_days() %}
    {%- set unaccounted = unaccounted_days(this) -%}
    {%- if plan_ranges() %}
        select error(
            'The rows of ' || coalesce(strftime(partition_date, '%Y-%m-%d'), 'no day') || ' do not add up: ' || coalesce(good_rows, 0)
            || ' good and ' || bad_rows || ' bad were to be kept, ' || published_rows || ' were published and ' || rejected_rows
            || ' rejected. Nothing was published'
        )
        from ({{ unaccounted }})
    {%- endif -%}
{% endmacro %}


{% macro unaccounted_days(daily_sales) %}
    with

        staged as (
            select partition_date, if(status = 'passed', row_count, null) as good_rows, rejected_count as bad_rows
            from {{ ref("partition_audit") }}
            union all
            -- those of no day
            select null, null, count(*)
            from {{ ref("stg_sales") }}
            where date is null
        ),

        published as (
            select date, count(*) as row_count
            from {{ daily_sales }}
            where {{ in_plan("date", status="passed") }}
            group by date
        ),

        rejected as (
            select date, count(*) as row_count
            from {{ ref("rejected_sales") }}
            where date is null or {{ in_plan("date") }}
            group by date
        )

    select
        partition_date,
        good_rows,
        bad_rows,
        coalesce(published.row_count, 0) as published_rows,
        coalesce(rejected.row_count, 0) as rejected_rows,
    from staged
    left join published on partition_date = published.date
    left join rejected on partition_date is not distinct from rejected.date
    where good_rows != published_rows or bad_rows != rejected_rows
{% endmacro %}

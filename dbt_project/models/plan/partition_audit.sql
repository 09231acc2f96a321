{{ config(materialized="table") }}

with

    plan as (
        select *
        from {{ ref("partition_plan") }}
        where run_id = {{ planning_run(ref("partition_plan")) }} and action = 'run'
    ),

    sales as (
        select
            date as partition_date,
            rejected_reason,
            {{ fingerprint() }} as fingerprint,
            if(rejected_reason is null, cast(quantity as {{ quantity_sum_type() }}), null) as quantity,
            if(rejected_reason is null, cast(quantity * price as {{ amount_type() }}), null) as amount,
        from {{ ref("stg_sales") }}
    ),

    staged as (
        select
            partition_date,
            count(*) as source_rows,
            count(rejected_reason) as rejected_count,
            count(*) - count(rejected_reason) as row_count,
            sum(fingerprint) as source_fingerprint,
            sum(amount) as total_amount,
            -- returns do not make it less: it bounds the sums of each product
            sum(abs(quantity)) as pieces,
            sum(abs(amount)) as turnover,
        from sales
        group by partition_date
    ),

    measured as (
        -- a planned day without rows in the feed is measured too
        select
            plan.*,
            coalesce(staged.source_rows, 0) as source_rows,
            coalesce(staged.source_fingerprint, 0) as source_fingerprint,
            coalesce(staged.rejected_count, 0) as rejected_count,
            coalesce(staged.row_count, 0) as row_count,
            coalesce(staged.total_amount, 0) as total_amount,
            staged.pieces,
            staged.turnover,
        from plan
        left join staged using (partition_date)
    ),

    -- The rules: one block each, naming the days that break it and saying why.
    -- A rule of your own is one more block here and one more line in broken_rules.
    too_many_rejected as (
        select
            partition_date,
            'too_many_rejected' as rule,
            format(
                '{} of {} rows rejected, max_rejected_ratio is {}',
                rejected_count,
                source_rows,
                {{ var("max_rejected_ratio") }}
            ) as reason,
        from measured
        where rejected_count > {{ var("max_rejected_ratio") }} * source_rows
    ),

    -- a feed that changed the form of its dates must not empty what is published
    emptied_by_unreadable_dates as (
        select
            partition_date,
            'emptied_by_unreadable_dates' as rule,
            format(
                'no row left of {}, and {} rows of the feed whose date cannot be read',
                previous_row_count,
                undated.row_count
            ) as reason,
        from measured, (select count(*) as row_count from {{ ref("stg_sales") }} where date is null) as undated
        where source_rows = 0 and previous_row_count > 0 and undated.row_count > 0
    ),

    -- the daily summary has 18 digits for the sums of a product
    too_large_to_add_up as (
        select
            partition_date,
            'too_large_to_add_up' as rule,
            format(
                'quantities of {} and amounts of {} are too large to add up, from {} and {} on (later with fewer decimals)',
                pieces,
                turnover,
                {{ sum_limit(quantity_sum_type()) }},
                {{ sum_limit(amount_type()) }}
            ) as reason,
        from measured
        where pieces >= {{ sum_limit(quantity_sum_type()) }} or turnover >= {{ sum_limit(amount_type()) }}
    ),

    -- nor a feed that arrived without its rows, unless someone asks for the days
    emptied_by_an_empty_feed as (
        select
            partition_date,
            'emptied_by_an_empty_feed' as rule,
            'no row left, nor of any other day: the feed is empty. If that is right, ask for the day by name' as reason,
        from measured
        where source_rows = 0 and previous_row_count > 0 and {{ is_empty_feed(ref("source_days")) }}
    ),

    broken_rules as (
        select *
        from too_many_rejected
        union all
        select *
        from emptied_by_an_empty_feed
        union all
        select *
        from too_large_to_add_up
        union all
        select *
        from emptied_by_unreadable_dates
    ),

    verdicts as (
        select
            partition_date,
            string_agg(rule, ', ' order by rule) as broken_rules,
            string_agg(reason, '; ' order by rule) as reason,
        from broken_rules
        group by partition_date
    )

select
    measured.run_id,
    measured.run_number,
    measured.partition_date,
    if(verdicts.partition_date is null, 'passed', 'failed') as status,
    verdicts.broken_rules,
    verdicts.reason,
    measured.source_rows,
    measured.source_fingerprint,
    measured.rejected_count,
    measured.row_count,
    measured.total_amount,
    measured.previous_row_count,
    measured.previous_total_amount,
    measured.planned_at,
from measured
left join verdicts using (partition_date)

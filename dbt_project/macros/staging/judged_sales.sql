{% macro judged_sales(feed, wanted) %}
    with

        dated as (
            -- all text, so that what cannot be read can still be shown
            select
                {{ day_of("date") }} as date,
                date as raw_date,
                nullif(product, '') as product,
                quantity as raw_quantity,
                price as raw_price,
            from {{ feed }}
        ),

        {#- First of all, so that nothing else is looked at of the rows of other days #}
        wanted as (select * from dated where {{ wanted }}),

        typed as (
            select
                *,
                {{ parse_number("raw_quantity", "quantity_type") }} as quantity,
                {{ parse_number("raw_price", "price_type") }} as price,
            from wanted
        ),

        judged as (
            select
                *,
                case
                    when date is null
                    then 'date_unreadable'
                    when quantity is null
                    then 'quantity_' || {{ number_fault("raw_quantity", "quantity_type") }}
                    when try_cast(quantity as {{ quantity_sum_type() }}) is null
                    then 'quantity_out_of_range'
                    when price is null
                    then 'price_' || {{ number_fault("raw_price", "price_type") }}
                    when try_cast(try(quantity * price) as {{ amount_type() }}) is null
                    then 'amount_out_of_range'
                end as rejected_reason,
            from typed
        )

    select
        date,
        product,
        quantity,
        price,
        rejected_reason,
        if(rejected_reason is not null, {{ csv_line(["raw_date", "product", "raw_quantity", "raw_price"]) }}, null) as raw_text,
    from judged
{% endmacro %}

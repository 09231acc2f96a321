{{ config(materialized="table") }}

with

    source as (
        -- all text, so that what cannot be read can still be shown
        select date as raw_date, nullif(product, '') as product, quantity as raw_quantity, price as raw_price,
        from {{ feed(source("raw", "sales")) }}
    ),

    typed as (
        select
            *,
            {{ fingerprint() }} as fingerprint,
            {{ day_of("raw_date") }} as date,
            {{ parse_number("raw_quantity", "quantity_type") }} as quantity,
            {{ parse_number("raw_price", "price_type") }} as price,
        from source
    ),

    planned as (
        -- a row whose date cannot be read belongs to no day, and is shown by every run that meets it
        select * from typed where date is null or {{ in_plan("date", computed=true) }}
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
        from planned
    )

select
    date,
    product,
    quantity,
    price,
    rejected_reason,
    if(
        rejected_reason is not null, {{ csv_line(["raw_date", "product", "raw_quantity", "raw_price"]) }}, null
    ) as raw_text,
    fingerprint,
from judged

-- the daily summary has 18 digits for the sums of a product; returns do not make less of them
{% set limits = namespace(quantity=10 ** (18 - decimals_of("quantity_type"))) %}
{% set limits.amount = 10 ** (18 - decimals_of("quantity_type") - decimals_of("price_type")) %}

select
    date as partition_date,
    format(
        'quantities of {} and amounts of {} are too large to add up, from {} and {} on (later with fewer decimals)',
        sum(abs(cast(quantity as {{ quantity_sum_type() }}))),
        sum(abs(cast(quantity * price as {{ amount_type() }}))),
        {{ limits.quantity }},
        {{ limits.amount }}
    ) as reason,
from {{ ref("stg_sales") }}
where rejected_reason is null
group by date
having
    sum(abs(cast(quantity as {{ quantity_sum_type() }}))) >= {{ limits.quantity }}
    or sum(abs(cast(quantity * price as {{ amount_type() }}))) >= {{ limits.amount }}

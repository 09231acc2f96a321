select
    date,
    product,
    count(*) as row_count,
    cast(sum(quantity) as {{ quantity_sum_type() }}) as quantity,
    cast(sum(amount) as {{ amount_type() }}) as amount,
from {{ ref("daily_sales") }}
group by date, product

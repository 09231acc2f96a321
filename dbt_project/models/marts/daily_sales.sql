select date, product, quantity, price, cast(quantity * price as {{ amount_type() }}) as amount,
from {{ daily_partitions.passed_rows(ref("stg_sales")) }}

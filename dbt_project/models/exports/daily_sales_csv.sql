select * from {{ ref("daily_sales") }}

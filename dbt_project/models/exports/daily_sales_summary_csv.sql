select * from {{ ref("daily_sales_summary") }}

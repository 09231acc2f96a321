{{ config(materialized="partitioned_csv", meta={"file_name": "sales_summary.csv"}) }}

select date, {{ spreadsheet_text("product") }} as product, row_count, quantity, amount,
from {{ ref("daily_sales_summary") }}

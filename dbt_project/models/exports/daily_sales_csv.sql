{{ config(materialized="partitioned_csv", meta={"file_name": "sales.csv"}) }}

select date, {{ spreadsheet_text("product") }} as product, quantity, price, amount,
from {{ ref("daily_sales") }}

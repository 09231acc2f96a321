{{ config(materialized="daily_table", meta={"replaces": "nothing"}) }}

-- the marts write here, each in the transaction that replaces its days
select *
from {{ earlier_rows("partition_row_changes") }}
where false

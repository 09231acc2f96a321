{{ config(materialized="incremental", incremental_strategy="delete+insert", unique_key="date") }}
from {{ ref("stg_sales") }}
where date between '{{ var("first") }}' and '{{ var("last") }}'

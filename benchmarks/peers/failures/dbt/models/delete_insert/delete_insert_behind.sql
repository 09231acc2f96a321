{{ config(materialized="incremental", incremental_strategy="delete+insert", unique_key="date") }}
from {{ ref("delete_insert") }}
where date between '{{ var("first") }}' and '{{ var("last") }}'

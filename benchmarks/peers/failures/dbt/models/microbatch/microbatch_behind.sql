{{ config(
    materialized="incremental", incremental_strategy="microbatch",
    event_time="date", batch_size="day", begin=env_var("FIRST_DAY")
) }}
from {{ ref("microbatch") }}

-- what a rule can compare a day with: each day's good rows, as this run has staged them, else as they were published
select partition_date, row_count,
from {{ ref("staged_days") }}
union all
select partition_date, row_count,
from ({{ last_publications() }})
where partition_date not in (select partition_date from {{ ref("staged_days") }})

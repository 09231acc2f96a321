select date, meter_id, count(*) as readings, cast(sum(kwh) as decimal(18, 3)) as kwh,
from {{ daily_partitions.passed_rows(ref("stg_readings")) }}
group by all

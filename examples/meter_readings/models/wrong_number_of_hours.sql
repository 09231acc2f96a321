-- 24 hours, but 23 and 25 where the clock changes
select date as partition_date, format('meter {} has {} readings', min(meter_id), count(*)) as reason,
from {{ ref("stg_readings") }}
group by date, meter_id
having count(*) != date_diff('hour', timezone('Europe/Berlin', date::timestamp), timezone('Europe/Berlin', date + interval 1 day))

select * from {{ ref("daily_consumption") }}

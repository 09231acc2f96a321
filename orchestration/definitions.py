"""The code location: everything that Dagster shows."""

import dagster as dg

from orchestration.assets import partitioned_models, raw_feed, unpartitioned_models
from orchestration.schedules import (
    daily_partition_job,
    daily_partition_schedule,
    daily_sales_schedule,
    partition_health_job,
    sales_summary_job,
)
from orchestration.sensors import unhealthy_days_sensor

definitions = dg.Definitions(
    assets=[raw_feed, partitioned_models, unpartitioned_models],
    jobs=[daily_partition_job, sales_summary_job, partition_health_job],
    schedules=[daily_partition_schedule, daily_sales_schedule],
    sensors=[unhealthy_days_sensor],
    # a process for each step would import dbt once more
    executor=dg.in_process_executor,
)

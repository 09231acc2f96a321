"""The code location: everything that Dagster shows."""

import dagster as dg

from orchestration.assets import partitioned_models, sources, unpartitioned_models
from orchestration.schedules import (
    all_days_job,
    all_days_schedule,
    daily_partition_job,
    daily_partition_schedule,
    partition_health_job,
)
from orchestration.sensors import unhealthy_days_sensor

definitions = dg.Definitions(
    assets=[*sources, partitioned_models, unpartitioned_models],
    jobs=[daily_partition_job, all_days_job, partition_health_job],
    schedules=[daily_partition_schedule, all_days_schedule],
    sensors=[unhealthy_days_sensor],
    # a process for each step would import dbt once more
    executor=dg.in_process_executor,
)

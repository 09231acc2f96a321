"""The jobs of assets, and when they are asked for by the clock. The schedule is stopped until someone starts it."""

import dagster as dg

# as dbt tags them
DAYS = dg.AssetSelection.tag("partitioned", "")
HEALTH = dg.AssetSelection.tag("health", "")

daily_partition_job = dg.define_asset_job(
    "daily_partition_job",
    selection=DAYS,
    description="All partitioned models, for one day or a range of days.",
)
all_days_job = dg.define_asset_job(
    "all_days_job",
    selection=dg.AssetSelection.all() - DAYS - HEALTH,
    description="What is made of all days together.",
)
partition_health_job = dg.define_asset_job(
    "partition_health_job",
    selection=HEALTH,
    description="Reads the whole feed and finds the days that are wrong.",
)

# At midnight in the calendar's own timezone, for the day that has just ended
daily_partition_schedule = dg.build_schedule_from_partitioned_job(
    daily_partition_job,
    name="daily_partition_schedule",
    description="The newest complete day, when it has ended.",
)

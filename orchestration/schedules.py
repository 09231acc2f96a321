"""When work is asked for by the clock. Both schedules are stopped until someone starts them."""

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


def all_days_schedule(timezone: str) -> dg.ScheduleDefinition:
    """Return the schedule of what is made of all days together."""
    return dg.ScheduleDefinition(
        name="all_days_schedule",
        job=all_days_job,
        cron_schedule="0 1 * * *",
        execution_timezone=timezone,
        description="What is made of all days together, an hour after the newest one.",
    )

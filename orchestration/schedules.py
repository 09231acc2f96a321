"""When work is asked for by the clock. Both schedules are stopped until someone starts them."""

import dagster as dg

from orchestration.assets import partitioned_models
from orchestration.partitions import TIMEZONE

daily_partition_job = dg.define_asset_job(
    "daily_partition_job",
    selection=dg.AssetSelection.assets(partitioned_models),
    description="All partitioned models, for one day or a range of days.",
)
sales_summary_job = dg.define_asset_job(
    "sales_summary_job",
    selection=dg.AssetSelection.assets("sales_summary", "partition_restatements"),
    description="What is made of all days together.",
)
partition_health_job = dg.define_asset_job(
    "partition_health_job",
    selection=dg.AssetSelection.assets("source_days", "partition_health"),
    description="Reads the whole feed and finds the days that are wrong.",
)

# At midnight in the calendar's own timezone, for the day that has just ended
daily_partition_schedule = dg.build_schedule_from_partitioned_job(
    daily_partition_job,
    name="daily_partition_schedule",
    description="The newest complete day, when it has ended.",
)
daily_sales_schedule = dg.ScheduleDefinition(
    name="daily_sales_schedule",
    job=sales_summary_job,
    cron_schedule="0 1 * * *",
    execution_timezone=TIMEZONE,
    description="The summary of all days, an hour after the newest one.",
)

"""What asks for work because something is not there, whatever the clock says."""

from collections.abc import Iterator

import dagster as dg

from orchestration.partitions import DAYS, contiguous
from orchestration.schedules import daily_partition_job

UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dg.sensor(job=daily_partition_job, minimum_interval_seconds=300)
def missing_days_sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for the complete days that were never materialized, one run for each contiguous range of them.

    A range is asked for once: days that fail are left to a person. Stopped until someone starts it.
    """
    if context.instance.get_runs_count(dg.RunsFilter(statuses=UNDER_WAY)):
        yield dg.SkipReason("A run is under way; which days are missing is known when it has ended")
        return
    done = context.instance.get_materialized_partitions(dg.AssetKey("daily_sales_csv"))
    for days in contiguous(set(DAYS.get_partition_keys()) - done):
        yield dg.RunRequest(
            run_key=f"{days.start}..{days.end}",
            tags={"dagster/asset_partition_range_start": days.start, "dagster/asset_partition_range_end": days.end},
        )

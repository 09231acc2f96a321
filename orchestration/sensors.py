"""What asks for work because days are wrong, whatever the clock says."""

from collections.abc import Iterator

import dagster as dg

from orchestration.schedules import daily_partition_job, partition_health_job

UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def unhealthy_days_sensor(health_key: dg.AssetKey) -> dg.SensorDefinition:
    """Return the sensor that asks for what partition_health, the asset `health_key`, calls wrong."""

    @dg.sensor(jobs=[daily_partition_job, partition_health_job], minimum_interval_seconds=300)
    def unhealthy_days_sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        """Look at the feed and ask for the days that are missing, stale, failed or without their files, in turns.

        One turn renews partition_health, the next asks for what it calls wrong, a run for each contiguous range. The
        cursor is the id of the last report that was acted on. Stopped until someone starts it.
        """
        if context.instance.get_runs_count(dg.RunsFilter(statuses=UNDER_WAY)):
            yield dg.SkipReason("A run is under way; which days are wrong is known when it has ended")
            return
        reports = context.instance.fetch_materializations(health_key, limit=1).records
        if not reports or str(reports[0].storage_id) == context.cursor:
            yield dg.RunRequest(job_name=partition_health_job.name)
            return
        context.update_cursor(str(reports[0].storage_id))
        report = reports[0].asset_materialization
        ranges = report.metadata["days_to_run"] if report else None
        if not isinstance(ranges, dg.JsonMetadataValue) or not isinstance(ranges.data, list) or not ranges.data:
            yield dg.SkipReason("No day is to be run")
            return
        for days in ranges.data:
            names = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
            yield dg.RunRequest(job_name=daily_partition_job.name, tags=dict(zip(names, days, strict=True)))

    return unhealthy_days_sensor

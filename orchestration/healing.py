"""What runs the days that are wrong, whichever they are, and asks for it when a file has changed."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import REPOSITORY_LABEL_TAG

from orchestration.assets import PARTITIONED
from orchestration.dbt import Build, build
from orchestration.downstream import followers, newest
from orchestration.events import Event, checked, failed_days, failure, plan, published
from orchestration.files import fingerprints
from orchestration.health import SEEN, health_events, look
from orchestration.ledger import days_of_run
from orchestration.translator import Translator

TICK_SECONDS = 30
LOOK_SECONDS = 900  # for what no file tells: a mart that was changed, a day that has ended, a feed in a bucket


def healing(translator: Translator, days: dg.AssetsDefinition, all_days: dg.AssetsDefinition) -> dg.JobDefinition:
    """Return the job that reads the whole feed and makes the days that are wrong, scattered or not, in one run."""
    project = translator.project

    @dg.op(out=dg.Out(dg.Nothing), pool=project.pool)
    def heal(context: dg.OpExecutionContext) -> Iterator[Event]:
        """Look at all days, let the engine make those that are wrong, and report them as a run of days does.

        A day that failed before, and whose source has not changed since, is not tried again and does not fail the run.

        Raises:
            Failure: as a run of days.

        """
        seen = list(look(context, translator, all_days))
        yield from seen
        if any(wrong_days(event) for event in seen if isinstance(event, dg.AssetMaterialization)):
            yield from make_wrong_days(context)
        yield dg.Output(None)

    def make_wrong_days(context: dg.OpExecutionContext) -> Iterator[Event]:
        with build(project, "--select", PARTITIONED, "tag:health", target=context.run_id) as built:
            done, stands, is_seen = (
                days_of_run(project, built),
                failed_before(built),
                built.relation("partition_health"),
            )
            yield from health_events(context, translator, all_days, built)
            yield from checked(days, built, [day.partition_key for day in done], project.day_column)
        yield from published(context, days, built, [day for day in done if day.partition_key not in stands])
        if not is_seen:  # a data test failed, behind which dbt builds nothing
            yield from look(context, translator, all_days)
        if any(day.is_published for day in done):
            yield from newest(followers(all_days), passed=False)
        if failed := failed_days(done):
            plan(context, list(days.keys), failed)
        if failed or built.is_broken:
            raise failure(built, done)

    @dg.job(
        name="healing_job",
        executor_def=dg.in_process_executor,
        description="Reads the whole feed and makes the days that are missing, stale or without files, in one run.",
    )
    def healing_job() -> None:
        heal()

    return healing_job


def failed_before(built: Build) -> AbstractSet[str]:
    """Return the days that stand as failed, though a run may have put back files that were published before."""
    if not (health := built.relation("partition_health")):
        return set()
    rows = built.query(f"select cast(partition_date as varchar) as day from {health} where status = 'failed'")
    return {row["day"] for row in rows}


def unhealthy_days_sensor(job: dg.JobDefinition, health_key: dg.AssetKey) -> dg.SensorDefinition:
    """Return the sensor that asks for the healing `job` when what `health_key` (partition_health) saw is past."""

    @dg.sensor(
        job=job,
        minimum_interval_seconds=TICK_SECONDS,
        description=f"Makes the days that are wrong, in one run. Asks every {TICK_SECONDS} s whether a file of the feed"
        " or of an export is another than when the days were looked at last, which costs next to nothing, and looks at"
        f" the days themselves every {LOOK_SECONDS // 60} min.",
    )
    def unhealthy_days_sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        """Compare the files with the last report, and ask for a run if they or its days say so.

        The cursor is what was asked for last, and when: what a run did not mend is tried again at the longer interval.
        """
        origin = context.code_location_origin
        ours = {REPOSITORY_LABEL_TAG: f"{context.repository_name}@{origin.location_name}"} if origin else {}
        if context.instance.get_runs_count(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES, tags=ours)):
            yield dg.SkipReason("A run is under way; which days are wrong is known when it has ended")
            return
        event = context.instance.get_latest_materialization_event(health_key)
        report = event.asset_materialization if event else None
        seen, wrong = (seen_files(report), wrong_days(report)) if report else ({}, [])
        now = fingerprints(list(seen))
        asked = json.loads(context.cursor or "{}")
        state = {"files": now, "days": wrong}
        is_due = time.time() - max(asked.get("at", 0), event.timestamp if event else 0) > LOOK_SECONDS
        if not is_due and state == asked.get("state"):
            yield dg.SkipReason("No file is another than when this was last asked for")
        elif not is_due and now == seen and not wrong:
            yield dg.SkipReason("No file is another than when the days were looked at, and no day is wrong")
        else:
            context.update_cursor(json.dumps({"at": time.time(), "state": state}))
            yield dg.RunRequest()

    return unhealthy_days_sensor


def wrong_days(report: dg.AssetMaterialization) -> Sequence[Sequence[str]]:
    """Return the ranges of days to run, if it is a report of partition_health."""
    ranges: Any = report.metadata["days_to_run"].value if "days_to_run" in report.metadata else []
    return list(ranges)


def seen_files(report: dg.AssetMaterialization) -> Mapping[str, str]:
    """Return what the files looked like when partition_health was made."""
    seen: Any = report.metadata[SEEN].value if SEEN in report.metadata else {}
    return dict(seen)

"""The feed as an asset: what it holds of each day is observed, by the fingerprints of source_days."""

from collections.abc import Iterator

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG
from dagster._core.events import DagsterEvent
from dagster._core.storage.tags import GLOBAL_CONCURRENCY_TAG

from orchestration.dbt import Build, build
from orchestration.events import failure, known_versions, written
from orchestration.partitions import calendar
from orchestration.project import Project

NOTHING = "0-0"  # as health takes a day that the feed does not have


def feed_key(project: Project) -> dg.AssetKey:
    """Return the asset that the feed is."""
    return dg.AssetKey(project.feed.split("."))


def observable(feed: dg.AssetSpec, project: Project) -> dg.SourceAsset:
    """Return the feed as an asset with a partition a day, to be observed by whoever wants to; runs do it as they go."""

    @dg.observable_source_asset(
        key=feed.key,
        description=feed.description,
        metadata=feed.metadata,
        group_name=feed.group_name,
        tags=feed.tags,
        partitions_def=calendar(project),
        op_tags={GLOBAL_CONCURRENCY_TAG: project.pool} if project.pool else None,
    )
    def observe_feed(context: dg.OpExecutionContext) -> dg.DataVersionsByPartition:
        """Read the whole feed.

        Raises:
            Failure: it cannot be read.

        """
        with build(project, "--select", "source_days", target=context.run_id) as built:
            seen = [*observed(context, project, built)]
        context.log.info("%s days of the feed are others than when it was observed last", len(seen))
        if built.error:
            raise failure(built, [])
        return dg.DataVersionsByPartition({})  # they are written

    return observe_feed


def observed(context: dg.OpExecutionContext, project: Project, built: Build) -> Iterator[DagsterEvent]:
    """Give an observation of each day of which the feed holds something else than when it was observed last.

    Costs no look at the feed: a build that read it has kept what there is in source_days. Without that there are none.
    """
    if not (source_days := built.relation("source_days")):
        return
    version = "concat(source_fingerprint, '-', source_rows) as version"
    rows = built.query(f"select cast(partition_date as varchar) as day, source_rows, {version} from {source_days}")
    now = {row["day"]: row for row in rows}
    key, days = feed_key(project), calendar(project).get_partition_keys()
    known = known_versions(context.instance, key, days)
    of_none = {"source_rows": 0, "version": NOTHING}
    yield from written(
        context,
        [
            dg.AssetObservation(
                key,
                partition=day,
                metadata={"source_rows": int(seen["source_rows"])},
                tags={DATA_VERSION_TAG: seen["version"]},
            )
            for day in days
            if (seen := now.get(day, of_none))["version"] != known.get(day, NOTHING)
        ],
    )

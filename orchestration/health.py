"""What partition_health says of the days, as metadata of its asset."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import BACKFILL_ID_TAG

from orchestration.dbt import Build, build
from orchestration.downstream import followers, newest
from orchestration.events import Event, checked, known_versions, materialized, of_day, written
from orchestration.feed import observed
from orchestration.files import export_patterns, fingerprints
from orchestration.ledger import days_that_stand
from orchestration.partitions import contiguous
from orchestration.project import Project
from orchestration.translator import Translator
from report import charts
from report.warehouse import HEALTHY, Day

SHOWN_DAYS = 100
SEEN = "seen_files"
DAYS_OF_CALENDAR = 53 * 7
MADE = "days_are_made"


def is_left_to_others(context: dg.OpExecutionContext, assets: dg.AssetsDefinition) -> bool:
    """Tell whether another run of the same backfill is still to make days of these assets: the last looks for all.

    Each says first that its own are made. So of two that end at once both may look, but never none.
    """
    if not (backfill := context.run.tags.get(BACKFILL_ID_TAG)):
        return False
    context.instance.add_run_tags(context.run_id, {MADE: "true"})
    others = context.instance.get_runs(dg.RunsFilter(tags={BACKFILL_ID_TAG: backfill}, statuses=NOT_FINISHED_STATUSES))
    return any(
        MADE not in run.tags and (run.asset_selection is None or run.asset_selection & assets.keys) for run in others
    )


def look(context: dg.OpExecutionContext, translator: Translator, assets: dg.AssetsDefinition) -> Iterator[Event]:
    """Read the feed, and give what is then known of all days as events of the assets without partitions."""
    with build(
        translator.project, "--quiet", "--no-print", "--select", "tag:health", target=f"{context.run_id}-health"
    ) as built:
        if built.error:
            dg.get_dagster_logger().warning("The health of all days stays as it was: %s", built.error)
        yield from health_events(context, translator, assets, built)


def health_events(
    context: dg.OpExecutionContext, translator: Translator, assets: dg.AssetsDefinition, built: Build
) -> Iterator[Event]:
    """Give what a build that read the feed knows of all days: the models, and the verdicts of their data tests."""
    yield from others_than_known(context, translator, assets, built)
    for model, key, metadata in materialized(assets, built):
        of_health = health_metadata(translator.project, built) if model == "partition_health" else {}
        yield dg.AssetMaterialization(key, metadata={**metadata, **of_health})
    yield from checked(assets, built, [None], translator.project.day_column)


def others_than_known(
    context: dg.OpExecutionContext, translator: Translator, assets: dg.AssetsDefinition, built: Build
) -> Iterator[Event]:
    """Give the days with another content than Dagster knows: those of the feed, and those made or restored beside it.

    The assets that follow the days are told of the latter.
    """
    yield from observed(context, translator.project, built)
    days = [day for day in days_that_stand(translator.project, built) if day.is_published]
    for model, key in translator.contents().items():
        known = known_versions(context.instance, key, [day.partition_key for day in days])
        others = [day for day in days if day.version(model) not in {None, known.get(day.partition_key)}]
        yield from written(context, [of_day(key, day, model) for day in others])
        if others:
            yield from newest(followers(assets), passed=False)


def health_metadata(project: Project, built: Build) -> Mapping[str, Any]:
    """Return how many days are in each state, which are wrong or pinned and why, and what is to run; if it was built.

    Also a picture of the last 53 weeks, and what the files of the feed and the exports looked like when the days were
    looked at.

    The ranges are pairs of days, `["2026-01-15", "2026-01-17"]`. A day is wrong and not to be run if it failed its
    audit and its source has not changed since, or is outdated.
    """
    health = built.relation("partition_health")
    if not health:
        return {}
    rows = built.query(
        f"select cast(partition_date as varchar) as day, status, reason, action from {health} order by partition_date"
    )
    return {
        **{state: sum(row["status"] == state for row in rows) for state in charts.SHAPES},
        "calendar": dg.MetadataValue.md(_picture(rows[-DAYS_OF_CALENDAR:])),
        "wrong_days": _table([row for row in rows if row["status"] not in HEALTHY]),
        "pinned_days": _table([row for row in rows if row["status"] == "pinned"]),
        "days_to_run": [[part.start, part.end] for part in contiguous(row["day"] for row in rows if row["action"])],
        SEEN: {**built.feed, **fingerprints(export_patterns(project))},
    }


def _table(rows: Sequence[Mapping[str, Any]]) -> dg.MarkdownMetadataValue:
    lines = [f"| {row['day']} | {row['status']} | {row['reason']} |" for row in rows[:SHOWN_DAYS]]
    return dg.MetadataValue.md("\n".join(["| day | state | why |", "| --- | --- | --- |", *lines]))


def _picture(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the calendar of the report as Markdown."""
    days = [Day(date.fromisoformat(row["day"]), row["status"]) for row in rows]
    svg = charts.svg(charts.calendar(days, charts.LIGHT, is_wide=True, is_alone=True))
    return f"![the state of each day](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"

"""The calendar: one partition a day, and how a run of days is told to dbt."""

import os
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import dagster as dg

from orchestration.project import Project


def calendar(project: Project) -> dg.DailyPartitionsDefinition:
    """Return a partition for each complete day since the project's start date, in its time zone."""
    return dg.DailyPartitionsDefinition(start_date=str(project.settings["start_date"]), timezone=project.timezone)


def backfill_policy(project: Project) -> dg.BackfillPolicy:
    """Return how a backfill is cut into runs: by `MAX_PARTITIONS_PER_RUN` days.

    If that is not set, a lake gives each run a month, so that they go on side by side, and a file one run all days.

    Raises:
        ValueError: the environment variable is not a whole number above 0.

    """
    limit = os.environ.get("MAX_PARTITIONS_PER_RUN") or ("31" if project.is_on_lake else "")
    if not limit:
        return dg.BackfillPolicy.single_run()
    if not limit.isdecimal() or int(limit) == 0:
        raise ValueError(f"MAX_PARTITIONS_PER_RUN: got '{limit}', expected a number of days such as 31, or nothing")
    return dg.BackfillPolicy.multi_run(int(limit))


def contiguous(days: Iterable[str]) -> Sequence[dg.PartitionKeyRange]:
    """Return the fewest ranges that hold just these days (`YYYY-MM-DD`), in order."""
    ranges: list[dg.PartitionKeyRange] = []
    for day in sorted(days):
        if ranges and date.fromisoformat(ranges[-1].end) + timedelta(days=1) == date.fromisoformat(day):
            ranges[-1] = dg.PartitionKeyRange(ranges[-1].start, day)
        else:
            ranges.append(dg.PartitionKeyRange(day, day))
    return ranges

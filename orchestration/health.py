"""What partition_health says of the days, as metadata of its asset."""

import base64
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from orchestration.dbt import Build
from orchestration.partitions import contiguous
from report import charts
from report.warehouse import HEALTHY, Day

SHOWN_DAYS = 100
DAYS_OF_CALENDAR = 53 * 7


def is_to_run(day: Mapping[str, Any]) -> bool:
    """Tell whether a run mends the day: one that failed for what its source still holds would only fail again."""
    return bool(day["action"] == "run" or (day["action"] and day["status"] != "failed"))


def health_metadata(built: Build, *, has_calendar: bool) -> Mapping[str, Any]:
    """Return how many days are in each state, which are wrong and why, and the ranges to run; nothing if not built.

    With `has_calendar` also a picture of the last 53 weeks, which takes a second to draw.

    The ranges are pairs of days, `["2026-01-15", "2026-01-17"]`. A day that failed its audit and whose source has not
    changed since is wrong and not to be run.
    """
    health = built.relation("partition_health")
    if not health:
        return {}
    rows = built.query(
        f"select cast(partition_date as varchar) as day, status, reason, action from {health} order by partition_date"
    )
    wrong = [row for row in rows if row["status"] not in HEALTHY]
    lines = [f"| {row['day']} | {row['status']} | {row['reason']} |" for row in wrong[:SHOWN_DAYS]]
    return {
        **{state: sum(row["status"] == state for row in rows) for state in charts.SHAPES},
        **({"calendar": dg.MetadataValue.md(_picture(rows[-DAYS_OF_CALENDAR:]))} if has_calendar else {}),
        "wrong_days": dg.MetadataValue.md("\n".join(["| day | state | why |", "| --- | --- | --- |", *lines])),
        "days_to_run": [[part.start, part.end] for part in contiguous(row["day"] for row in rows if is_to_run(row))],
    }


def _picture(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the calendar of the report as Markdown."""
    days = [Day(date.fromisoformat(row["day"]), row["status"]) for row in rows]
    svg = charts.svg(charts.calendar(days, charts.LIGHT, is_wide=True, is_alone=True))
    return f"![the state of each day](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"

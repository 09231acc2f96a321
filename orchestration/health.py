"""What partition_health says of the days, as metadata of its asset."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dbt.artifacts.schemas.results import RunStatus

from orchestration.dbt import Build
from orchestration.partitions import contiguous

STATES = ("materialized", "empty", "missing", "stale", "failed", "export_missing", "export_changed")
SHOWN_DAYS = 100


def health_metadata(built: Build) -> Mapping[str, Any]:
    """Return how many days are in each state, which are wrong and why, and the ranges to run; nothing if not built.

    The ranges are pairs of days, `["2026-01-15", "2026-01-17"]`. A day that failed its audit and whose source has not
    changed since is wrong and not to be run.
    """
    model = next((result for result in built.results if result.node.name == "partition_health"), None)
    if model is None or model.status != RunStatus.Success:
        return {}
    rows = built.query(
        f"select cast(partition_date as varchar) as day, status, reason, action from {model.node.relation_name}"
        " order by partition_date"
    )
    wrong = [row for row in rows if row["status"] not in {"materialized", "empty"}]
    lines = [f"| {row['day']} | {row['status']} | {row['reason']} |" for row in wrong[:SHOWN_DAYS]]
    return {
        **{state: sum(row["status"] == state for row in rows) for state in STATES},
        "wrong_days": dg.MetadataValue.md("\n".join(["| day | state | why |", "| --- | --- | --- |", *lines])),
        "days_to_run": [[part.start, part.end] for part in contiguous(row["day"] for row in rows if row["action"])],
    }


def health_events(built: Build) -> Iterator[dg.AssetMaterialization]:
    """Report partition_health from a run that has renewed some days of it beside its own work."""
    if metadata := health_metadata(built):
        yield dg.AssetMaterialization("partition_health", metadata=metadata)

"""The results of dbt's data tests, day by day."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dbt.artifacts.schemas.results import TestStatus
from dbt.artifacts.schemas.run import RunResult

Query = Callable[[str], Sequence[Mapping[str, Any]]]


def evaluations(
    query: Query, test: RunResult, check: dg.AssetCheckKey, days: Sequence[str | None], day_column: str
) -> Iterator[dg.AssetCheckEvaluation]:
    """Give the result of a data test for each of the days (`YYYY-MM-DD`) it looked at; `[None]` is no particular day.

    A day passes if none of the rows that failed the test is of that day. Rows that do not say of which day they are
    count for all days. `query` reads the relation in which dbt has stored those rows; `day_column` is
    that of the marts.
    """
    passed = test.status == TestStatus.Pass
    counts = {} if passed else _failures_by_day(query, test, day_column)
    unattributed = sum(count for day, count in counts.items() if day is None or day not in days)
    for day in days:
        count = (counts.get(day, 0) if day else 0) + unattributed
        yield dg.AssetCheckEvaluation(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=passed or count == 0,
            severity=dg.AssetCheckSeverity.WARN if test.status == TestStatus.Warn else dg.AssetCheckSeverity.ERROR,
            partition=day,
            metadata={"dagster_dbt/failed_row_count": count, "unique_id": test.node.unique_id},
        )


def _failures_by_day(query: Query, test: RunResult, day_column: str) -> Mapping[str | None, int]:
    """Return how many rows failed a test, by day."""
    if test.status == TestStatus.Error:
        return {None: 1}  # no row was looked at
    relation = test.node.relation_name
    columns = {row["column_name"] for row in query(f"describe {relation}")}
    day = next((name for name in ("partition_date", day_column) if name in columns), "null")
    rows = query(f"select cast({day} as varchar) as day, count(*) as failed from {relation} group by all")
    return {row["day"]: int(row["failed"]) for row in rows}

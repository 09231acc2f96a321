"""What a run did to each day, as the ledger has it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG

from orchestration.dbt import Build
from orchestration.project import Project

COUNTS = ["source_rows", "rejected_count"]


@dataclass(frozen=True)
class Day:
    """A row of partition_ledger, with its counts and figures, and what stands in partition_outputs by its models."""

    project: Project
    partition_key: str
    status: str
    reason: str | None
    numbers: Mapping[str, Decimal]
    outputs: Mapping[str, Mapping[str, Any]]

    @property
    def is_published(self) -> bool:
        """Whether the day passed its audit, and its rows and files are those of this run."""
        return self.status == "materialized" and all(self._paths(*self.project.exports))

    def metadata(self, model: str) -> Mapping[str, Any]:
        """Return what the day's materialization of a model shows, which is its own; Dagster plots the numbers."""
        mart, path, counts = (
            self.project.rows_of.get(model),
            self.outputs.get(model, {}).get("path"),
            self._counts(model),
        )
        rows = counts.get("row_count")
        return {
            "partition_key": self.partition_key,
            **{name: int(count) for name, count in counts.items() if count is not None},
            **{name: float(self.numbers[name]) for name in (self.project.figures_of(mart) if mart else [])},
            **({"output_path": dg.MetadataValue.path(path)} if path else {}),
            **({"dagster/partition_row_count": int(rows)} if rows is not None else {}),
        }

    def tags(self, model: str) -> Mapping[str, str]:
        """Return what tells Dagster whether the day of a mart or a file is another than before: a hash of its content.

        That of a mart has the version of DuckDB before it, for another one makes another hash of the same rows.
        """
        version = self.outputs.get(model, {}).get("version")
        return {DATA_VERSION_TAG: str(version)} if version else {}

    def _counts(self, model: str) -> Mapping[str, Decimal | None]:
        rejected = self.numbers["rejected_count"]
        if mart := self.project.rows_of.get(model):
            return {"row_count": self.outputs.get(mart, {}).get("row_count"), "rejected_count": rejected}
        staged = {"row_count": self.numbers["source_rows"], "rejected_count": rejected}
        return {self.project.staged: staged, "rejected_rows": {"row_count": rejected}}.get(model, {})

    def _paths(self, *models: str) -> list[str | None]:
        return [self.outputs.get(model, {}).get("path") for model in models]


def days_of_run(project: Project, built: Build) -> Sequence[Day]:
    """Return the days of a run as it has them in the ledger, in order; none if it did not get as far as writing it."""
    ledger, outputs = built.relation("partition_ledger"), built.relation("partition_outputs")
    if not ledger:
        return []
    day, of_run = "cast(partition_date as varchar) as day", f"where run_id = '{built.run_id}'"
    by_day: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    # a run that only writes files leaves the rows as an earlier one made them
    stands = "row_number() over (partition by partition_date, model order by run_number desc) = 1"
    for row in built.query(
        f"select {day}, model, row_count, path, coalesce(hash, rows_hash) as version from {outputs}"
        f" where partition_date in (select partition_date from {ledger} {of_run}) qualify {stands}"
    ):
        by_day[row["day"]][row["model"]] = row
    numbers = [*COUNTS, *project.figures]
    return [
        Day(
            project, row["day"], row["status"], row["reason"], {name: row[name] for name in numbers}, by_day[row["day"]]
        )
        for row in built.query(
            f"select {', '.join([day, 'status', 'reason', *numbers])} from {ledger} {of_run} order by partition_date"
        )
    ]

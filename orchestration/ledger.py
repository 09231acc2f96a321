"""What a run did to each day, as the ledger has it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import dagster as dg

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
            **{name: float(self.numbers[name]) for name in self._figures(mart) if name in self.numbers},
            **({"output_path": dg.MetadataValue.path(path)} if path else {}),
            **({"dagster/partition_row_count": int(rows)} if rows is not None else {}),
        }

    def version(self, model: str) -> str | None:
        """Return what tells whether the day of a mart or a file is another than before: a hash of its content.

        That of a mart has the version of DuckDB before it, for another one makes another hash of the same rows.
        """
        version = self.outputs.get(model, {}).get("version")
        return str(version) if version else None

    def _figures(self, mart: str | None) -> Sequence[str]:
        return self.project.figures_of(mart) if mart else []

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
    return _days(project, built, f"run_id = '{built.run_id}'") if built.relation("partition_ledger") else []


def days_that_stand(project: Project, built: Build) -> Sequence[Day]:
    """Return the days of other runs whose rows and files are as the last one left them; none if health is not known."""
    health = built.relation("partition_health")
    if not health or not built.query(f"select 1 from {health} where row_count is not null limit 1"):
        return []  # nor may there be a ledger, as long as nothing was published
    states = "status in ('materialized', 'empty', 'pinned', 'outdated')"
    last_runs = f"select partition_date, max(run_number) from {built.tables['partition_ledger']} group by all"
    return _days(
        project,
        built,
        f"run_id != '{built.run_id}' and (partition_date, run_number) in ({last_runs})"
        f" and partition_date in (select partition_date from {health} where {states})",
    )


def _days(project: Project, built: Build, condition: str) -> Sequence[Day]:
    """Return days for which a condition on the ledger's columns holds, with what stands of them."""
    day, ledger = "cast(partition_date as varchar) as day", f"{built.tables['partition_ledger']} where {condition}"
    by_day: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    # a run that only writes files leaves the rows as an earlier one made them
    stands = "row_number() over (partition by partition_date, model order by run_number desc) = 1"
    for row in built.query(
        f"select {day}, model, row_count, path, coalesce(hash, rows_hash) as version"
        f" from {built.tables['partition_outputs']}"
        f" where partition_date in (select partition_date from {ledger}) qualify {stands}"
    ):
        by_day[row["day"]][row["model"]] = row
    numbers = [*COUNTS, *project.figures]
    return [
        # an earlier run may not have had a figure
        Day(
            project,
            row["day"],
            row["status"],
            row["reason"],
            {name: row[name] for name in numbers if row.get(name) is not None},
            by_day[row["day"]],
        )
        for row in built.query(f"select *, {day} from {ledger} order by partition_date")
    ]

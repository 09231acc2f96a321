"""What a run did to each day, as the ledger has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import dagster as dg
from dbt.artifacts.schemas.results import RunStatus

from orchestration.dbt import Build

# the assets whose rows are the day's sales
SALES = {"daily_sales", "daily_sales_csv"}


@dataclass(frozen=True)
class Day:
    """A row of partition_ledger; the amount in the currency of the feed."""

    partition_key: str
    status: str
    reason: str | None
    row_count: Decimal
    rejected_count: Decimal
    total_amount: Decimal
    output_path: str | None
    summary_output_path: str | None

    @property
    def is_published(self) -> bool:
        """Whether the day passed its audit, and its rows and files are those of this run."""
        return self.status == "materialized" and bool(self.output_path and self.summary_output_path)

    def metadata(self, asset_key: dg.AssetKey) -> Mapping[str, Any]:
        """Return what the day's materialization of an asset shows; Dagster plots the numbers over the days."""
        name = asset_key.path[-1]
        path = self.summary_output_path if name.startswith("daily_sales_summary") else self.output_path
        return {
            "partition_key": self.partition_key,
            "row_count": int(self.row_count),
            "rejected_count": int(self.rejected_count),
            "total_amount": float(self.total_amount),
            "output_path": dg.MetadataValue.path(path or ""),
            **({"dagster/partition_row_count": int(self.row_count)} if name in SALES else {}),
        }


def days_of_run(built: Build) -> Sequence[Day]:
    """Return the days of a run as it has them in the ledger, in order; none if it did not get as far as writing it."""
    ledger = next((result for result in built.results if result.node.name == "partition_ledger"), None)
    if ledger is None or ledger.status != RunStatus.Success:
        return []
    rows = built.query(
        "select cast(partition_date as varchar) as partition_key, status, reason, row_count, rejected_count,"
        f" total_amount, output_path, summary_output_path from {ledger.node.relation_name}"
        f" where run_id = '{built.run_id}' order by partition_date"
    )
    return [Day(**row) for row in rows]

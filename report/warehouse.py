"""What the report tells, read from the warehouse."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import yaml

from report.history import History, read_history

ROOT = Path(__file__).resolve().parents[1]
HEALTHY = {"materialized", "empty", "pinned"}
SHOWN = 10


class WarehouseError(Exception):
    """There is nothing to report on, or another process has it; the message is a sentence for the person who asked."""


@dataclass(frozen=True)
class Day:
    """A row of partition_health. Rows are null if it was never published, a figure where it was not recorded."""

    day: date
    status: str
    reason: str | None = None
    row_count: int | None = None
    accepted: str | None = None
    figures: Mapping[str, Decimal | None] = field(default_factory=dict)

    @property
    def is_healthy(self) -> bool:
        """Whether source, rows, files and ledger agree on the day."""
        return self.status in HEALTHY


@dataclass(frozen=True)
class Figure:
    """A figure of the day, as the project declares it, and with how many decimals it is shown."""

    name: str
    decimals: int

    @property
    def title(self) -> str:
        """The name in words."""
        return self.name.replace("_", " ")

    def shown(self, value: Decimal | None) -> str:
        """Return a value with commas between thousands, or nothing for one that was not recorded."""
        return "" if value is None else f"{value:,.{self.decimals}f}"


@dataclass(frozen=True)
class Product:
    """What a product sold over the period; `product` is null for the sales without one."""

    product: str | None
    row_count: int
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Reject:
    """The rejected rows of one reason, on how many days, and the newest of them as it came."""

    reason: str
    row_count: int
    day_count: int
    example: str


@dataclass(frozen=True)
class Facts:
    """All that the report tells: the days of the period in order, the largest `SHOWN` products, and the rest whole.

    `checked_at` is when the last of the days was looked at.
    """

    days: Sequence[Day]
    figures: Sequence[Figure]
    products: Sequence[Product]
    rejects: Sequence[Reject]
    history: History
    product_count: int
    checked_at: datetime


def warehouse_path() -> Path:
    """Return the warehouse file, as profiles.yml has it."""
    return ROOT / Path(os.environ.get("DUCKDB_PATH") or "data/warehouse.duckdb").expanduser()


def tables_path() -> Path | str:
    """Return what to read: the copy for readers, which no run waits for, or the warehouse if there is no copy.

    Or the lake, as DuckDB attaches it: `ducklake:postgres:…`.
    """
    if os.environ.get("DBT_TARGET") == "lake":
        return f"ducklake:postgres:{os.environ.get('LAKE_CATALOG', '')}"
    warehouse = warehouse_path()
    settings = yaml.safe_load((ROOT / "dbt_project/dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    place = os.environ.get("READERS_PATH") or settings.get("readers_path", "beside")
    if place == "none":
        return warehouse
    beside = warehouse.with_name(f"{warehouse.stem}_readers.duckdb")
    copy = beside if place == "beside" else ROOT / Path(place).expanduser()
    return copy if copy.is_file() else warehouse


def connected(path: Path | str) -> duckdb.DuckDBPyConnection:
    """Open what `tables_path` returned, for reading alone."""
    if isinstance(path, Path):
        return duckdb.connect(str(path), read_only=True)
    connection = duckdb.connect()
    # under a name of ours: DuckDB takes a part of the catalog's, which is no name in a view
    name = path.replace("'", "''")
    connection.execute(f"attach '{name}' as lake (read_only); use lake")
    return connection


def read_facts(path: Path | str, start: date | None = None, end: date | None = None) -> Facts:
    """Return the facts of the days from `start` to `end`, both included.

    If not given, `end` is the newest day that health knows, and `start` the Monday 52 weeks before its own.

    Raises:
        WarehouseError: there is no warehouse, no day in it, another process has it, or a lake cannot be reached.

    """
    if isinstance(path, Path) and not path.is_file():
        raise WarehouseError(f"There is no warehouse at {path}: run some days first, for example with make run.")
    try:
        with connected(path) as connection:
            return _facts(connection, start, end)
    except duckdb.IOException as error:
        if isinstance(path, str):
            raise WarehouseError(f"The lake cannot be read, which LAKE_CATALOG names. {error}") from error
        if "Could not set lock" not in str(error):
            raise
        raise WarehouseError(f"A run has the warehouse {path} now: try again when it has ended.") from error
    except duckdb.CatalogException as error:
        raise WarehouseError(f"No run has come to its end in the warehouse {path}: run some days first.") from error


def _facts(connection: duckdb.DuckDBPyConnection, start: date | None, end: date | None) -> Facts:
    def rows(sql: str, *values: date) -> list[tuple[Any, ...]]:
        return connection.execute(sql, values).fetchall()

    connection.execute("set timezone = 'UTC'")
    ((newest, checked_at),) = rows("select max(partition_date), max(checked_at) from partition_health")
    end = end or newest
    if end is None:
        raise WarehouseError("Health knows no day: run some days first, for example with make run.")
    start = start or end - timedelta(weeks=52, days=end.weekday())
    # those that the project declares now: health keeps the columns of one that was given up
    names = [
        name.removesuffix("_difference")
        for name, *_ in rows("describe partition_changes")
        if name.endswith("_difference")
    ]
    figures_of_day = ", ".join(f'"{name}"' for name in names)
    found = rows(
        f"select partition_date, status, reason, row_count, accepted, [{figures_of_day}]::decimal(38, 6)[]"
        " from partition_health where partition_date between ? and ? order by partition_date",
        start,
        end,
    )
    days = [Day(*[*row[:-1], dict(zip(names, row[-1], strict=True))]) for row in found]
    if not days:
        raise WarehouseError(f"Health knows no day from {start} to {end}: its newest is {newest}.")
    period = (days[0].day, days[-1].day)
    products = rows(
        "select product, sum(row_count)::bigint, sum(quantity), sum(amount) from daily_sales_summary"
        " where date between ? and ? group by product order by sum(amount) desc, product",
        *period,
    )
    rejects = rows(
        "select rejected_reason, count(*), count(distinct partition_date),"
        " arg_max(raw_text, coalesce(partition_date, '0001-01-01'))"
        " from rejected_rows where partition_date between ? and ? or partition_date is null"
        " group by rejected_reason order by count(*) desc, rejected_reason",
        *period,
    )
    return Facts(
        days=days,
        figures=[Figure(name, decimals(day.figures[name] for day in days)) for name in names],
        products=[Product(*row) for row in products[:SHOWN]],
        rejects=[Reject(*row) for row in rejects],
        history=read_history(connection, *period, names),
        product_count=len(products),
        checked_at=checked_at,
    )


def decimals(values: Iterable[Decimal | None]) -> int:
    """Return how many decimals all the values have, at least two as amounts have them, or none if they are whole."""
    most = max((-int(value.normalize().as_tuple().exponent) for value in values if value), default=0)
    return max(2, most) if most > 0 else 0

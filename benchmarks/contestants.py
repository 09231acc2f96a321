"""The commands of the pipeline, of bare DuckDB and of the peers, each for a feed, a folder of its own and some days."""

import hashlib
import json
import shutil
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks.feeds import ROOT, Feed
from benchmarks.measure import Command

PEERS = ROOT / "benchmarks" / "peers"
BIN = Path(sys.executable).parent
PEERS_BIN = ROOT / "benchmarks" / ".venv" / "bin"
DBT = BIN / "dbt"


def days_between(first: date, last: date) -> list[date]:
    """Return the days, both ends included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def fresh(folder: Path) -> Path:
    """Return the folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def environment(feed: Feed, folder: Path) -> Mapping[str, str]:
    """Return where things are: the pipeline and all peers know the same names."""
    return {
        "RAW_SALES_PATH": str(feed.path),
        "FEED": feed.sql,
        "FIRST_DAY": str(feed.first),
        "EXPORT_DIR": str(folder / "exports"),
        "DUCKDB_PATH": str(folder / "warehouse.duckdb"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "SQLMESH__DISABLE_ANONYMIZED_ANALYTICS": "true",
    }


def dbt(project: Path, profiles: Path, feed: Feed, folder: Path, *args: str, **variables: str) -> Command:
    """Return a dbt command whose artifacts stay in `folder`, so that the next one finds what this one parsed."""
    places: list[str | Path] = ["--project-dir", project, "--profiles-dir", profiles]
    places += ["--target-path", folder / "target", "--log-path", folder / "logs"]
    return Command([DBT, *args, *places, "--vars", json.dumps(variables)], ROOT, environment(feed, folder))


def ours(feed: Feed, folder: Path, *args: str, profiles: Path = ROOT, **variables: str) -> Command:
    """Return a dbt command on this project, whose calendar starts with the feed."""
    return dbt(ROOT / "dbt_project", profiles, feed, folder, *args, start_date=str(feed.first), **variables)


def ours_days(feed: Feed, folder: Path, first: date, last: date, profiles: Path = ROOT) -> Command:
    """Return the `dbt run` of some days."""
    window = {"partition_start": str(first), "partition_end": str(last)}
    return ours(feed, folder, "run", profiles=profiles, **window)


def bare(feed: Feed, folder: Path, first: date, last: date, *options: str) -> Command:
    """Return the script that is nothing but DuckDB."""
    places: list[str | Path] = [
        "--feed",
        feed.sql,
        "--warehouse",
        folder / "warehouse.duckdb",
        "--exports",
        folder / "exports",
    ]
    days: list[str | Path] = ["--first", str(first), "--last", str(last)]
    return Command([BIN / "python", PEERS / "bare_duckdb.py", *places, *days, *options], ROOT)


def pandas_days(feed: Feed, folder: Path, first: date, last: date) -> Command:
    """Return the tutorial's asset for some days, one after the other; it reads CSV."""
    places: list[str | Path] = ["--feed", feed.path, "--exports", folder / "exports"]
    days = ["--first", str(first), "--last", str(last)]
    return Command([PEERS_BIN / "python", PEERS / "pandas_asset.py", *places, *days], ROOT)


def sqlmesh(project: str, feed: Feed, folder: Path, *args: str) -> Command:
    """Return a SQLMesh command on a copy of the project, since SQLMesh keeps its cache beside the models."""
    copy = folder / project
    if not copy.exists():
        shutil.copytree(PEERS / "sqlmesh" / project, copy)
    return Command([PEERS_BIN / "sqlmesh", "-p", copy, *args], folder, environment(feed, folder))


def sqlmesh_days(project: str, feed: Feed, folder: Path, first: date, last: date) -> Command:
    """Return the SQLMesh plan that makes some days, in a warehouse that has none."""
    for day in days_between(first, last):  # COPY makes no folders
        (folder / "exports" / day.strftime("%Y/%m/%d")).mkdir(parents=True, exist_ok=True)
    days = ["--start", str(first), "--end", str(last)]
    return sqlmesh(project, feed, folder, "plan", "dev", "--include-unmodified", "--auto-apply", "--no-prompts", *days)


def microbatch(feed: Feed, folder: Path, first: date, last: date) -> Command:
    """Return dbt's own way: a batch for each day."""
    window = ["--event-time-start", str(first), "--event-time-end", str(last + timedelta(days=1))]
    return dbt(PEERS / "dbt", PEERS / "dbt", feed, folder, "run", "--select", "tag:microbatch", *window)


def delete_insert(feed: Feed, folder: Path, first: date, last: date) -> Command:
    """Return dbt's other way: all days in one statement, replaced by key."""
    args = ["run", "--select", "tag:delete_insert"]
    return dbt(PEERS / "dbt", PEERS / "dbt", feed, folder, *args, first=str(first), last=str(last))


def empty_dbt(feed: Feed, folder: Path, **variables: str) -> Command:
    """Return the `dbt run` of a project with one model, `select 1`."""
    return dbt(PEERS / "empty_dbt", PEERS / "empty_dbt", feed, folder, "run", **variables)


def totals_of_table(folder: Path, table: str = "daily_sales") -> tuple[int, float]:
    """Return the number of rows, and the sum of their amounts, of a table in the folder's warehouse."""
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        return _totals(connection, table)


def totals_of_files(folder: Path) -> tuple[int, float]:
    """Return the number of rows, and the sum of their amounts, of all `sales.csv` below the folder."""
    files = f"'{folder}/exports/**/sales.csv'"
    with duckdb.connect() as connection:
        return _totals(connection, f"read_csv({files}, header = true, types = {{amount: 'decimal(18, 2)'}})")


def bytes_of_files(folder: Path) -> str:
    """Return a digest of all files below the folder's exports, names included."""
    digest = hashlib.sha256()
    for path in sorted((folder / "exports").rglob("*.csv")):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _totals(connection: duckdb.DuckDBPyConnection, rows: str) -> tuple[int, float]:
    found = connection.execute(f"select count(*), coalesce(round(sum(amount), 2), 0)::double from {rows}").fetchone()
    assert found
    return int(found[0]), float(found[1])

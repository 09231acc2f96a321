"""Dagster's own commands, in a checkout with Dagster's home as `make ui` sets it up, and without PYTHONPATH."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from dagster_service import BIN, ROOT, DagsterService
from servers import free_port, serving

pytestmark = [pytest.mark.long, pytest.mark.weekly]  # processes, each of which loads all definitions
DAYS = ["2026-01-15", "2026-01-16"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Dagster home as `make ui` makes it, with the warehouse and the exports beside it."""
    folder = tmp_path_factory.mktemp("home")
    configs = [ROOT / "orchestration" / name for name in ("dagster.yaml", "sqlite.yaml")]
    (folder / "dagster.yaml").write_text("".join(config.read_text() for config in configs))
    return folder


def variables(home: Path) -> dict[str, str]:
    left_out = {"PYTHONPATH", "DAGSTER_EVENT_BATCH_SIZE", "RAW_SALES_PATH", "DBT_PROJECT_DIR", "DBT_PROFILES_DIR"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    activated = {"VIRTUAL_ENV": str(BIN.parent), "PATH": f"{BIN}:{os.environ['PATH']}"}
    places = {"DUCKDB_PATH": str(home / "warehouse.duckdb"), "EXPORT_DIR": str(home / "exports")}
    return {**kept, **activated, **places, "DAGSTER_HOME": str(home)}


def dg(home: Path, *command: str) -> str:
    said = subprocess.run(
        [BIN / "dg", *command], cwd=ROOT, env=variables(home), capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def test_the_definitions_are_checked(home: Path) -> None:
    assert "All definitions loaded successfully" in dg(home, "check", "defs")


def test_the_definitions_are_listed(home: Path) -> None:
    listed = dg(home, "list", "defs", "--json")
    assert "daily_sales_csv" in listed
    assert "daily_partition_job" in listed


@pytest.mark.parametrize(
    "days", [["--partition", DAYS[0]], ["--partition-range", "...".join(DAYS)]], ids=["a day", "a range"]
)
def test_days_are_launched(home: Path, days: list[str]) -> None:
    before = runs(home)
    dg(home, "launch", "--assets", "daily_sales", *days)
    assert runs(home) == before + 1


def runs(home: Path) -> int:
    warehouse = home / "warehouse.duckdb"
    if not warehouse.exists():
        return 0
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        (count,) = connection.execute("select count(distinct run_id) from partition_ledger").fetchall()
    return int(count[0])


@contextmanager
def developing(home: Path) -> Iterator[DagsterService]:
    """Start `dg dev`, and stop it at the end."""
    port = free_port()
    with serving([BIN / "dg", "dev", "--port", str(port)], port, ROOT, home / "dg.log", variables(home)):
        yield DagsterService(ROOT, f"http://127.0.0.1:{port}")


def test_the_page_is_served(home: Path) -> None:
    with developing(home) as page:
        shown = {tuple(node["assetKey"]["path"]) for node in page.ask("{ assetNodes { assetKey { path } } }")}
    assert ("daily_sales_csv",) in shown

"""Runs started at once from one checkout, which share its target folder and one warehouse."""

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from conftest import Pipeline
from dagster_service import BIN, copy_project

ROUNDS = max(1, int(os.environ.get("TORTURE_EXAMPLES", "100")) // 20)
AT_ONCE = 8
DAYS = [f"2026-01-{day:02}" for day in range(10, 10 + AT_ONCE)]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("days", [DAYS, [DAYS[0]] * AT_ONCE], ids=["different days", "the same day"])
def test_runs_at_once(
    pipeline: Pipeline, tmp_path: Path, happened: Counter[str], days: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight runs at once, on a fresh warehouse and on the one they left, as if one by one."""
    project = copy_project(tmp_path)
    monkeypatch.delenv("RAW_SALES_PATH")
    pipeline.use_feed(str(project / "seeds" / "raw_sales.csv"))
    for day in days:
        assert pipeline.run_day(day).success
    expected, sales = files(pipeline.exports), pipeline.query("from daily_sales order by all")

    warehouse, exports = tmp_path / "warehouse.duckdb", tmp_path / "exports"
    environment = {**os.environ, "DUCKDB_PATH": str(warehouse), "EXPORT_DIR": str(exports)}
    for number in range(ROUNDS):
        is_fresh = number % 2 == 0
        if is_fresh:
            warehouse.unlink(missing_ok=True)
            shutil.rmtree(exports, ignore_errors=True)
            shutil.rmtree(project / "dbt_project" / "target", ignore_errors=True)
        command = [str(BIN / "dbt"), "run", "--project-dir", "dbt_project", "--vars"]
        runs = [
            subprocess.Popen(
                [*command, f"{{partition_date: {day}}}"],
                cwd=project,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for day in days
        ]
        said = [run.communicate()[0] for run in runs]

        assert [run.returncode for run in runs] == [0] * AT_ONCE, said
        assert any("Waiting for the warehouse" in output for output in said)
        assert files(exports) == expected
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            assert connection.sql("from daily_sales order by all").fetchall() == sales
            (recorded,) = connection.sql("select count(*) from partition_ledger").fetchone() or (0,)
        assert recorded == AT_ONCE * (1 if is_fresh else 2)
        happened["all succeeded" + (" on a fresh warehouse" if is_fresh else " on what they left")] += AT_ONCE

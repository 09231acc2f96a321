"""The project on the command line: whole processes, from any folder, side by side."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import ROOT, Pipeline

DBT = Path(sys.executable).with_name("dbt")


def start(*args: str, cwd: Path = ROOT) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(DBT), "--quiet", *args], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def places(folder: Path) -> list[str]:
    """Keep what dbt writes apart from what other processes write."""
    return ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]


LOOKING = [["parse"], ["compile"], ["ls"], ["docs", "generate"]]


@pytest.mark.parametrize("command", [*LOOKING, ["test"]], ids=" ".join)
def test_only_a_run_needs_days(pipeline: Pipeline, kept: Path, command: list[str]) -> None:
    def make() -> None:
        pipeline.write_feed("2026-01-15,Tea,2,5.00")
        assert pipeline.run_day("2026-01-15").success

    pipeline.once(kept / "run", make)
    outcome = pipeline.dbt(*command, parse=True)
    assert outcome.success, outcome.error


@pytest.mark.parametrize(
    "command", [["parse"], ["compile"], ["ls"], ["docs", "generate"], ["test", "--select", "test_type:unit"]]
)
def test_a_fresh_checkout_without_feed_or_warehouse_can_be_looked_at(pipeline: Pipeline, command: list[str]) -> None:
    outcome = pipeline.dbt(*command, parse=True)
    assert outcome.success, outcome.error


@pytest.mark.long
def test_the_same_files_are_meant_from_whichever_folder(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    up = os.path.relpath(pipeline.root, ROOT)
    pipeline.write_feed("2026-01-15,Tea,2,5.00")
    monkeypatch.setenv("RAW_SALES_PATH", f"{up}/feed.csv")
    monkeypatch.setenv("EXPORT_DIR", f"{up}/exports")
    monkeypatch.setenv("DUCKDB_PATH", f"{up}/warehouse.duckdb")
    from_root = start(
        "run", "--project-dir", "dbt_project", "--vars", "{partition_date: 2026-01-15}", *places(tmp_path)
    )
    assert from_root.wait() == 0, from_root.communicate()
    content, changed = pipeline.files()["2026/01/15/sales.csv"]
    from_project = start(
        "run",
        "--profiles-dir",
        "..",
        "--vars",
        "{partition_date: 2026-01-15}",
        *places(tmp_path),
        cwd=ROOT / "dbt_project",
    )
    assert from_project.wait() == 0, from_project.communicate()
    content_again, changed_again = pipeline.files()["2026/01/15/sales.csv"]
    assert content_again == content
    assert changed_again > changed
    assert pipeline.query("select count(*) from partition_ledger") == [(2,)]


def test_a_relative_path_inside_a_subquery_is_from_the_root_too(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pipeline.write_feed("2026-01-15,Tea,2,5.00")
    monkeypatch.chdir(tmp_path)
    pipeline.use_feed(f"(select * from '{os.path.relpath(pipeline.root, ROOT)}/feed.csv')")
    assert pipeline.run_day("2026-01-15").success


@pytest.mark.long
def test_runs_started_at_once_wait_their_turn_and_all_succeed(pipeline: Pipeline, tmp_path: Path) -> None:
    days = ["2026-01-15", "2026-01-16", "2026-01-17"]
    pipeline.write_feed(*[f"{day},Tea,2,5.00" for day in days])
    runs = [
        start("run", "--project-dir", "dbt_project", "--vars", f"{{partition_date: {day}}}", *places(tmp_path / day))
        for day in days
    ]
    for run in runs:
        output, _ = run.communicate()
        assert run.returncode == 0, output
    assert pipeline.query("select partition_date::varchar from partition_ledger order by 1") == [(day,) for day in days]
    assert all(pipeline.csv(day).endswith(f"{day},Tea,2,5.00,10.00\n") for day in days)


def test_a_failed_day_ends_the_command_with_1_and_is_named_on_the_terminal(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.write_feed("2026-01-15,Tea,two,5.00", "2026-01-16,Tea,2,5.00")
    run = start(
        "run",
        "--project-dir",
        "dbt_project",
        "--vars",
        "{partition_start: 2026-01-15, partition_end: 2026-01-16}",
        *places(tmp_path),
    )
    output, _ = run.communicate()
    assert run.returncode == 1
    assert "1 of 2 days failed their audit and were left as they were: 2026-01-15" in output
    assert "2026-01-16  materialized" in output


def test_a_run_waits_no_longer_than_it_may_and_names_who_has_the_warehouse(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.write_feed("2026-01-15,Tea,2,5.00")
    monkeypatch.setenv("WAREHOUSE_MAX_WAIT_SECONDS", "1")
    with duckdb.connect(str(pipeline.warehouse)):
        run = start("run", "--project-dir", "dbt_project", "--vars", "{partition_date: 2026-01-15}", *places(tmp_path))
        output, _ = run.communicate()
    assert run.returncode != 0
    assert f"The warehouse {pipeline.warehouse} was still in use after 1 s" in output
    assert f"PID {os.getpid()}" in output
    assert "Traceback" not in output
    assert pipeline.files() == {}


@pytest.mark.long
def test_dbt_retry_is_refused_for_it_would_do_nothing_and_call_it_success(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.write_feed('2026-01-15,"Tea,2,5.00', "2026-01-15,Bowl,1,5.00")
    run = start("run", "--project-dir", "dbt_project", "--vars", "{partition_date: 2026-01-15}", *places(tmp_path))
    assert run.wait() == 1
    pipeline.write_feed("2026-01-15,Tea,2,5.00", "2026-01-15,Bowl,1,5.00")
    retry = start("retry", "--project-dir", "dbt_project", "--state", str(tmp_path / "target"), *places(tmp_path))
    output, _ = retry.communicate()
    assert retry.returncode != 0
    assert "dbt retry cannot go on where a run ended" in output

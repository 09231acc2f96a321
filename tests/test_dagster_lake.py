"""Dagster on a lake: a backfill whose runs go on side by side, each in a process of its own."""

import filecmp
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from conftest import Pipeline
from dagster_service import DagsterService, copy_project, days_of, serving_dagster
from dbt.contracts.graph.manifest import Manifest
from lakes import EMPTY, OnLake, catalog
from servers import PATIENCE_SECONDS, wait_until

from orchestration.component import definitions_of
from orchestration.dbt import build
from orchestration.definitions import definitions as of_file
from orchestration.project import Project

pytestmark = [pytest.mark.long, pytest.mark.weekly]  # a daemon and a PostgreSQL
DATABASE = "lake_of_dagster"
DAYS = [f"2026-01-{day:02}" for day in range(1, 9)]
FILES = [f"2026/01/{day[-2:]}/{name}" for day in DAYS for name in ("sales.csv", "sales_summary.csv")]
TURN, FIRST_DAY = "4101, 1", f"4102, {date(2026, 1, 1).toordinal()}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterService]:
    """A running Dagster on an empty lake, which gives each run two days of a backfill."""
    project = copy_project(tmp_path_factory.mktemp("on_lake") / "project")
    catalog().copy(EMPTY, DATABASE)
    lake = {
        "DBT_TARGET": "lake",
        "LAKE_CATALOG": catalog().name(DATABASE),
        "LAKE_DATA_PATH": str(project / "data" / "lake"),
        "MAX_PARTITIONS_PER_RUN": "2",
    }
    with serving_dagster(project, **lake) as service:
        yield service


@pytest.fixture(scope="module")
def backfilled(service: DagsterService) -> Sequence[Mapping[str, Any]]:
    """The runs of a backfill of eight days, on a lake that is empty before."""
    return service.backfill("daily_sales_csv", DAYS)


@pytest.fixture
def lake(workplace: Path, monkeypatch: pytest.MonkeyPatch, parsed: dict[str, Manifest]) -> Iterator[OnLake]:
    """A pipeline on an empty lake, with a feed of three days, as Dagster has it in this process."""
    lake = OnLake(workplace, monkeypatch, parsed)
    monkeypatch.setattr(Project, "target", workplace / "target" / "dagster")
    lake.write_feed(*(f"{day},Tea,1,2.50" for day in DAYS[:3]))
    yield lake
    lake.clean()


def overlapping(runs: Sequence[Mapping[str, Any]]) -> int:
    """Return how many pairs of runs there are of which one began before the other had ended."""
    times = [(run["startTime"], run["endTime"]) for run in runs]
    return sum(one[0] < other[1] and other[0] < one[1] for one, other in combinations(times, 2))


def processes(service: DagsterService, runs: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the ids of the processes that the runs had."""
    said = [event.get("message", "") for run in runs for event in service.events(run["runId"])]
    return {pid for message in said for pid in re.findall(r"for run \(pid: (\d+)", message)}


def test_a_backfill_is_cut_into_runs_that_go_on_side_by_side(
    service: DagsterService, backfilled: Sequence[Mapping[str, Any]]
) -> None:
    assert sorted(map(days_of, backfilled)) == list(zip(DAYS[::2], DAYS[1::2], strict=True))
    assert {run["status"] for run in backfilled} == {"SUCCESS"}
    assert len(processes(service, backfilled)) == 4
    assert overlapping(backfilled) > 0


@pytest.mark.usefixtures("backfilled")
def test_each_day_is_green_with_its_own_figures_and_the_file_that_a_dbt_run_makes(
    service: DagsterService, pipeline: Pipeline
) -> None:
    pipeline.use_feed(str(service.project / "seeds" / "raw_sales.csv"))
    assert pipeline.run_range(DAYS[0], DAYS[-1]).success

    same, *others = filecmp.cmpfiles(service.project / "data", pipeline.exports, FILES, shallow=False)
    assert same == FILES, others
    for asset in ("daily_sales", "daily_sales_csv", "partition_ledger"):
        assert service.days_by_status(asset)["MATERIALIZED"] == [(DAYS[0], DAYS[-1])]
    shown = service.days("daily_sales_csv", DAYS)
    amounts = dict(pipeline.query("select partition_date::varchar, total_amount::double from partition_ledger"))
    assert {day: metadata["total_amount"] for day, metadata in shown.items()} == amounts
    assert {metadata["output_path"] for metadata in shown.values()} == {f"data/{path}" for path in FILES[::2]}


def test_the_last_run_of_a_backfill_looks_at_the_health_of_all_days(
    service: DagsterService, backfilled: Sequence[Mapping[str, Any]]
) -> None:
    looks = list((service.project / "dbt_project" / "target" / "dagster-lake").glob("run-*-health"))
    assert 1 <= len(looks) < len(backfilled)
    health = service.newest("partition_health")
    assert health["materialized"] + health["empty"] == len(DAYS)


@pytest.mark.usefixtures("backfilled")
@pytest.mark.parametrize(("lock", "printed"), [(TURN, ""), (FIRST_DAY, f"Waiting for {DAYS[0]}")])
def test_a_run_that_waits_for_another_can_be_terminated(service: DagsterService, lock: str, printed: str) -> None:
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    with catalog().session(DATABASE) as holder:
        holder.execute(f"select pg_advisory_lock({lock})")
        run = service.launch_day(DAYS[0])
        if printed:
            wait_until(lambda: printed in service.printed(run), "the wait for the day")
        else:
            wait_until(lambda: catalog().execute(waiting) == [(1,)], "the wait for the turn")
        terminated = time.monotonic()
        service.terminate(run)
        assert service.wait_for_run(run) == "CANCELED"
        wait_until(lambda: catalog().locks() == bool(printed), "the end of its session")  # days: the holder's alone
        assert time.monotonic() - terminated < PATIENCE_SECONDS / 4
    assert service.wait_for_run(service.launch_day(DAYS[0])) == "SUCCESS"


def test_a_build_that_has_ended_leaves_its_days_to_others_though_its_process_goes_on(lake: OnLake) -> None:
    project = Project(lake.project, lake.profiles)
    assert project.manifest
    window = {"partition_start": DAYS[0], "partition_end": DAYS[2], "start_date": DAYS[0]}
    with build(project, "--select", "tag:partitioned", target="whole", **window) as built:
        assert not built.error
    assert catalog().locks() == 0

    (lake.root / "feed.csv").unlink()
    with build(project, "--select", "tag:partitioned", target="broken", **window) as built:
        assert "has no file" in built.error
        assert catalog().locks() > 0
    assert catalog().locks() == 0


def test_upkeep_is_a_job_of_a_lake_alone_and_says_how_large_the_lake_is(lake: OnLake) -> None:
    for number in range(3):
        lake.write_feed(*(f"{day},Tea,{number},2.50" for day in DAYS[:3]))
        assert lake.run(start_date=DAYS[0]).success
    rows = lake.query("from daily_sales order by all")
    definitions = definitions_of(Project(lake.project, lake.profiles))
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("upkeep_job").execute_in_process(instance=instance)
        (output,) = [event.step_output_data.metadata for event in result.all_events if event.is_successful_output]
    assert result.success
    assert re.search(r"files +\d+ +\d+\nbytes", str(output["sizes"].value))
    assert lake.query("from daily_sales order by all") == rows
    assert catalog().locks() == 0
    assert "upkeep_job" not in {job.name for job in of_file.jobs or []}

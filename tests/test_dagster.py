"""The days in a running Dagster: what a person clicks, and what they then see."""

import csv
import filecmp
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from browser import browsing, needs_browser
from conftest import Pipeline
from dagster_service import (
    BIN,
    DagsterService,
    copy_project,
    days_of,
    environment,
    serving_dagster,
)
from playwright.sync_api import expect
from servers import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.long  # a daemon
HEADER = "date,product,quantity,price"
JANUARY = [f"2026-01-{day:02}" for day in range(1, 32)]
AT_ONCE = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]
BY_HAND = "2026-03-05"
TESTS_OF_A_USER = """
      - daily_partitions.expression_is_true:
          name: nothing_forbidden_is_sold
          arguments: {expression: product != 'Forbidden'}
          config: {where: in_plan(date)}
      - daily_partitions.expression_is_true:
          name: nothing_doubtful_is_sold
          arguments: {expression: product != 'Doubtful'}
          config: {where: in_plan(date), severity: warn}
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterService]:
    """A Dagster that was never used before, with two data tests of a user's own."""
    project = copy_project(tmp_path_factory.mktemp("dagster"))
    model = project / "dbt_project" / "models" / "marts" / "daily_sales.yml"
    text = model.read_text(encoding="utf-8")
    assert "    data_tests:\n      - daily_partitions.expression_is_true" in text
    text = text.replace("    data_tests:\n      -", f"    data_tests:{TESTS_OF_A_USER}      -")
    model.write_text(text, encoding="utf-8")
    with serving_dagster(project) as service:
        yield service


@pytest.fixture(scope="module")
def january(service: DagsterService) -> Sequence[str]:
    """All of January, materialized by one backfill; the runs it took."""
    runs = service.backfill("daily_sales", JANUARY)
    assert [run["status"] for run in runs] == ["SUCCESS"]
    return [str(run["runId"]) for run in runs]


def sales(service: DagsterService, day: str) -> Path:
    return service.project / "data" / day.replace("-", "/") / "sales.csv"


def add_to_feed(service: DagsterService, *lines: str) -> None:
    with (service.project / "seeds" / "raw_sales.csv").open("a", encoding="utf-8") as feed:
        feed.writelines(f"{line}\n" for line in lines)


@pytest.mark.weekly
def test_runs_launched_at_once_on_a_fresh_dagster_all_succeed_and_a_dbt_run_beside_them_too(
    service: DagsterService,
) -> None:
    runs = [service.launch_day(day) for day in AT_ONCE]
    command = ["run", "--project-dir", "dbt_project", "--target-path", "target/by_hand"]
    by_hand = subprocess.run(
        [BIN / "dbt", *command, "--vars", f"{{partition_date: {BY_HAND}}}"],
        cwd=service.project,
        env=environment(service.project),
        capture_output=True,
        text=True,
        check=False,
    )

    assert by_hand.returncode == 0, by_hand.stdout + by_hand.stderr
    assert [service.wait_for_run(run) for run in runs] == ["SUCCESS"] * 4
    assert all(sales(service, day).exists() for day in [*AT_ONCE, BY_HAND])


@pytest.fixture
def endless(service: DagsterService) -> Iterator[str]:
    """A run of a day that has exported its files and will not come to its end; its id."""
    day = "2026-03-25"
    test = service.project / "dbt_project" / "tests" / "endless.sql"
    test.parent.mkdir(exist_ok=True)
    test.write_text(
        '-- depends_on: {{ ref("partition_ledger") }}\n'
        "select a.range from range(1000000000) as a, range(1000000000) as b where hash(a.range, b.range) = 1\n",
        encoding="utf-8",
    )
    run = service.launch_day(day)
    wait_until(lambda: "START test endless" in service.printed(run), "the endless test")
    test.unlink()
    yield run
    sales(service, day).unlink()


def test_a_run_that_is_terminated_ends_soon_and_leaves_the_warehouse_to_the_next(
    service: DagsterService, endless: str
) -> None:
    terminated = time.monotonic()
    service.terminate(endless)

    assert service.wait_for_run(endless) == "CANCELED"
    assert time.monotonic() - terminated < PATIENCE_SECONDS / 4
    assert service.wait_for_run(service.launch_day("2026-03-25")) == "SUCCESS"


@pytest.mark.weekly
def test_a_run_whose_process_is_killed_fails_and_leaves_the_warehouse_to_the_next(
    service: DagsterService, endless: str
) -> None:
    (pid,) = [
        int(pid) for event in service.events(endless) for pid in re.findall(r"for run \(pid: (\d+)", event["message"])
    ]
    os.kill(pid, signal.SIGKILL)

    assert service.wait_for_run(endless) == "FAILURE"
    assert service.wait_for_run(service.launch_day("2026-03-25")) == "SUCCESS"


def test_a_run_that_waits_for_the_warehouse_can_be_terminated(service: DagsterService) -> None:
    day = "2026-03-26"
    warehouse = service.project / "data" / "warehouse.duckdb"
    holding = f"import duckdb, sys; held = duckdb.connect({str(warehouse)!r}); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", holding], stdin=subprocess.PIPE) as holder:
        run = service.launch_day(day)
        wait_until(lambda: "Waiting for the warehouse" in service.printed(run), "the run's turn to wait")
        terminated = time.monotonic()
        service.terminate(run)

        assert service.wait_for_run(run) == "CANCELED"
        assert time.monotonic() - terminated < PATIENCE_SECONDS / 4
        holder.communicate()
    assert not sales(service, day).exists()


def test_a_backfill_of_a_month_is_one_run_and_one_dbt_invocation(
    service: DagsterService, january: Sequence[str]
) -> None:
    assert len(january) == 1
    assert len(list((service.project / "dbt_project" / "target" / "dagster").glob(f"run-*-{january[0]}"))) == 1
    days = service.days("daily_sales", JANUARY)
    assert len({day["invocation_id"] for day in days.values()}) == 1
    assert ("2026-01-01", "2026-01-31") in service.days_by_status("daily_sales")["MATERIALIZED"]


@pytest.mark.usefixtures("january")
def test_an_asset_shows_no_figures_but_its_own(service: DagsterService) -> None:
    own = {"partition_key", "invocation_id", "Execution Duration"}
    counts = {"row_count", "dagster/partition_row_count", "rejected_count"}
    shown = {"partition_plan": own, "partition_audit": own, "partition_ledger": own, "stg_sales": own | counts}
    shown["daily_sales_summary"] = own | counts
    assert {asset: set(service.days(asset, JANUARY[:1])[JANUARY[0]]) for asset in shown} == shown


@pytest.mark.usefixtures("january")
@pytest.mark.parametrize("asset", ["daily_sales", "daily_sales_csv", "daily_sales_summary_csv"])
def test_a_day_of_an_asset_is_not_taken_for_older_than_what_it_is_made_of(service: DagsterService, asset: str) -> None:
    assert service.is_synced(asset, JANUARY[0])


@pytest.mark.usefixtures("january")
@pytest.mark.parametrize("asset", ["daily_sales", "daily_sales_csv"])
def test_each_day_of_a_month_shows_the_figures_of_its_own_file(service: DagsterService, asset: str) -> None:
    shown = service.days(asset, JANUARY)

    assert list(shown) == JANUARY
    for day, metadata in shown.items():
        with sales(service, day).open(encoding="utf-8") as file:
            amounts = [Decimal(row["amount"]) for row in csv.DictReader(file)]
        assert metadata["partition_key"] == day
        assert metadata["row_count"] == len(amounts)
        assert metadata["dagster/partition_row_count"] == len(amounts)
        assert metadata["total_amount"] == float(sum(amounts))
        of_file = f"data/{day.replace('-', '/')}/sales.csv" if asset == "daily_sales_csv" else None
        assert metadata.get("output_path") == of_file
    assert sum(metadata["rejected_count"] for metadata in shown.values()) > 0


@pytest.mark.usefixtures("january")
def test_the_files_are_byte_for_byte_those_of_a_dbt_run(service: DagsterService, pipeline: Pipeline) -> None:
    pipeline.use_feed(str(service.project / "seeds" / "raw_sales.csv"))
    assert pipeline.run_range("2026-01-01", "2026-01-31").success

    files = [f"2026/01/{day[-2:]}/{name}" for day in JANUARY for name in ("sales.csv", "sales_summary.csv")]
    same, *others = filecmp.cmpfiles(service.project / "data", pipeline.exports, files, shallow=False)
    assert same == files, others


def test_a_day_that_fails_is_red_alone_and_green_again_when_only_it_is_run(service: DagsterService) -> None:
    days = [f"2026-02-{day:02}" for day in range(9, 14)]
    bad = "2026-02-11"
    assert service.wait_for_run(service.launch_range(days[0], days[-1])) == "SUCCESS"
    before = sales(service, bad).read_bytes()
    feed = service.project / "seeds" / "raw_sales.csv"
    good_feed = feed.read_bytes()
    add_to_feed(service, *[f"{bad},Kettle,many,9.99"] * 50, "2026-02-12,Kettle,1,9.99")

    (run,) = service.backfill("daily_sales_csv", days)

    assert run["status"] == "FAILURE"
    statuses = service.days_by_status("daily_sales_csv")
    for asset in ("daily_sales_csv", "daily_sales", "partition_ledger"):  # whichever it was asked for
        assert service.days_by_status(asset)["FAILED"] == [(bad, bad)]
    materialized = [part for part in statuses["MATERIALIZED"] if part[0].startswith("2026-02")]
    assert materialized == [("2026-02-09", "2026-02-10"), ("2026-02-12", "2026-02-13")]
    assert sales(service, bad).read_bytes() == before
    assert "2026-02-12,Kettle,1,9.99,9.99\n" in sales(service, "2026-02-12").read_text(encoding="utf-8")
    (said,) = [event["error"]["message"] for event in service.events(run["runId"]) if event.get("error")]
    assert "1 of 5 days failed their audit" in said
    assert f"{bad}: 50 of " in said

    feed.write_bytes(good_feed)
    failed_and_missing = [day for day in days if (day, day) in statuses["FAILED"]]  # what the dialog's checkbox leaves
    (mended,) = service.backfill("daily_sales_csv", failed_and_missing)

    assert mended["status"] == "SUCCESS"
    assert days_of(mended) == (bad, bad)
    assert "FAILED" not in service.days_by_status("daily_sales_csv")
    assert service.days("daily_sales_csv", [bad])[bad]["row_count"] == before.count(b"\n") - 1


@pytest.mark.weekly
def test_a_selection_with_a_gap_is_a_run_for_each_contiguous_range(service: DagsterService) -> None:
    runs = service.backfill("daily_sales", ["2026-03-11", "2026-03-12", "2026-03-15"])

    assert sorted(map(days_of, runs)) == [("2026-03-11", "2026-03-12"), ("2026-03-15", "2026-03-15")]


def test_data_tests_are_checks_with_a_result_and_its_severity_for_each_day(service: DagsterService) -> None:
    days = ["2026-02-20", "2026-02-21", "2026-02-22"]
    add_to_feed(service, "2026-02-21,Forbidden,1,9.99", "2026-02-22,Doubtful,1,9.99")

    run = service.launch_range(days[0], days[-1])
    status = service.wait_for_run(run)

    results = {
        (check["checkName"], check["partition"]): (check["success"], check["severity"])
        for check in (event.get("evaluation") for event in service.events(run))
        if check
    }
    assert results["nothing_forbidden_is_sold", "2026-02-20"][0]
    assert results["nothing_forbidden_is_sold", "2026-02-21"] == (False, "ERROR")
    assert results["nothing_forbidden_is_sold", "2026-02-22"][0]
    assert results["nothing_doubtful_is_sold", "2026-02-21"][0]
    assert results["nothing_doubtful_is_sold", "2026-02-22"] == (False, "WARN")
    assert {day for name, day in results if name == "daily_sales_csv_is_as_published"} == set(days)
    # a broken test is said, and holds back no file
    assert status == "FAILURE"
    assert list(service.days("daily_sales_csv", days)) == days
    assert "Forbidden" in sales(service, "2026-02-21").read_text(encoding="utf-8")


def test_a_run_of_one_model_alone_makes_the_whole_day(service: DagsterService) -> None:
    day = "2026-03-20"
    assert service.wait_for_run(service.launch_range(day, day, "partition_audit")) == "SUCCESS"

    assert service.days("daily_sales_csv", [day])[day]["partition_key"] == day
    assert sales(service, day).exists()


@pytest.mark.usefixtures("january")
def test_the_summary_of_all_days_is_made_by_its_own_job(service: DagsterService) -> None:
    assert service.wait_for_run(service.launch("all_days_job")) == "SUCCESS"


@needs_browser
@pytest.mark.usefixtures("january")
def test_the_partitions_tab_shows_the_days_of_the_month_and_the_figures_of_each(
    service: DagsterService, tmp_path: Path
) -> None:
    with browsing(viewport={"width": 1400, "height": 900}) as page:
        page.goto(f"{service.url}/assets/daily_sales_csv?view=partitions&partition=2026-01-15")
        page.get_by_role("textbox").first.fill("[2026-01-01...2026-01-31]")
        page.keyboard.press("Enter")

        for state, days in {"Materialized": 31, "Failed": 0, "Missing": 0}.items():
            expect(page.get_by_text(f"{state} ({days})")).to_be_visible(timeout=60_000)
        expect(page.get_by_role("row", name="total_amount")).to_contain_text("1591.55")
        expect(page.get_by_role("row", name="output_path")).to_contain_text("data/2026/01/15/sales.csv")
        page.screenshot(path=os.environ.get("SCREENSHOT", tmp_path / "partitions.png"))

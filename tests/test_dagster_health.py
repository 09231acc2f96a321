"""What a running Dagster says of all days: that it is true, that what is made of them follows, and what heals them."""

import base64
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from browser import browsing, needs_browser
from dagster_service import DagsterService, copy_project, serving_dagster
from playwright.sync_api import expect
from servers import wait_until

from report import charts

pytestmark = pytest.mark.long  # a daemon
FEED_DAYS = [f"2026-{month:02}-{day:02}" for month, last in ((1, 31), (2, 28), (3, 31)) for day in range(1, last + 1)]
OF_A_DAY = ["daily_sales", "stg_sales", "daily_sales_summary", "daily_sales_csv", "daily_sales_summary_csv"]
OF_A_DAY += ["partition_plan", "partition_row_changes", "staged_days", "rejected_rows", "partition_audit"]
OF_A_DAY += ["partition_outputs", "partition_ledger"]
OF_ALL_DAYS = ["partition_health", "source_days", "sales_summary", "partition_changes"]
HEALED_SECONDS = 120  # from a change to the day that shows it


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterService]:
    """A Dagster that was never used before."""
    with serving_dagster(copy_project(tmp_path_factory.mktemp("dagster_health"))) as service:
        yield service


@pytest.fixture(scope="module")
def everything(service: DagsterService) -> None:
    """All days of the feed and all that is made of them, by one backfill, as *Materialize all* launches it."""
    runs = service.backfill("daily_sales", FEED_DAYS, *OF_A_DAY[1:], *OF_ALL_DAYS)
    assert {run["status"] for run in runs} == {"SUCCESS"}


def add_to_feed(service: DagsterService, *lines: str) -> None:
    with (service.project / "seeds" / "raw_sales.csv").open("a", encoding="utf-8") as feed:
        feed.writelines(f"{line}\n" for line in lines)


def drawn(health: Mapping[str, Any], state: str) -> int:
    """Return how often a state is drawn in the calendar, its legend included."""
    _, picture = health["calendar"].split("data:image/svg+xml;base64,")
    return base64.b64decode(picture.rstrip(")")).decode().count(charts.LIGHT[state])


def told(capsys: pytest.CaptureFixture[str], figure: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{figure}\n")


def total(service: DagsterService, mart: str) -> float:
    """Return the amount of all sales in a mart, when no run has the warehouse."""
    found: list[float] = []

    def ask() -> bool:
        try:
            with duckdb.connect(str(service.project / "data" / "warehouse.duckdb"), read_only=True) as warehouse:
                found.extend(warehouse.execute(f"select sum(amount)::double from {mart}").fetchone() or [])
        except duckdb.IOException:
            return False
        return True

    wait_until(ask, "the turn to read the warehouse")
    return found[-1]


@pytest.mark.usefixtures("everything")
def test_materialize_all_ends_with_the_health_of_the_whole_calendar_its_check_and_its_picture(
    service: DagsterService,
) -> None:
    health = service.newest("partition_health")
    assert health["missing"] + health["stale"] + health["failed"] == 0
    assert sum(health[state] for state in ("materialized", "empty")) == len(FEED_DAYS)
    assert "data:image/svg+xml" in health["calendar"]
    assert service.checks("partition_health")["every_day_is_healthy"] == "SUCCEEDED"


@pytest.mark.usefixtures("everything")
def test_a_run_of_a_day_leaves_the_verdict_on_all_days_and_what_is_made_of_them_waits_until_all_are_right(
    service: DagsterService, capsys: pytest.CaptureFixture[str]
) -> None:
    wait_until(lambda: service.checks("sales_summary")["has_the_newest_days"] == "SUCCEEDED", "sales_summary")
    in_legend = drawn(service.newest("partition_health"), "stale")
    add_to_feed(service, "2026-01-10,Kettle,1,10.00", "2026-03-10,Kettle,1,10.00")
    assert service.wait_for_run(service.launch_day("2026-02-10")) == "SUCCESS"

    health = service.newest("partition_health")
    assert health["stale"] == 2
    assert drawn(health, "stale") == in_legend + 2
    assert json.loads(health["days_to_run"]) == [["2026-01-10", "2026-01-10"], ["2026-03-10", "2026-03-10"]]
    assert service.checks("partition_health")["every_day_is_healthy"] == "FAILED"
    assert service.checks("sales_summary")["has_the_newest_days"] == "FAILED"

    for day in ("2026-01-10", "2026-03-10"):
        assert service.wait_for_run(service.launch_day(day)) == "SUCCESS"
    assert service.checks("partition_health")["every_day_is_healthy"] == "SUCCEEDED"
    healthy = time.time()
    wait_until(lambda: service.checks("sales_summary")["has_the_newest_days"] == "SUCCEEDED", "sales_summary")
    assert total(service, "sales_summary") == total(service, "daily_sales")
    told(capsys, f"sales_summary followed {time.time() - healthy:.0f} s after the last day was right")


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize(
    ("asset", "check"),
    [
        ("partition_health", "every_day_is_healthy"),
        ("sales_summary", "unique_sales_summary_product"),
        ("sales_summary", "has_the_newest_days"),
    ],
)
def test_a_check_of_all_days_executed_alone_is_evaluated(service: DagsterService, asset: str, check: str) -> None:
    run = service.launch_check(asset, check)

    assert service.wait_for_run(run) == "SUCCESS"
    evaluated = [event["evaluation"] for event in service.events(run) if event.get("evaluation")]
    assert [one["checkName"] for one in evaluated] == [check]


@pytest.mark.usefixtures("everything")
def test_the_sensor_heals_scattered_days_in_one_run_and_then_costs_next_to_nothing(
    service: DagsterService, capsys: pytest.CaptureFixture[str]
) -> None:
    changed, gone = ["2026-01-12", "2026-03-12"], "2026-02-12"
    before = service.days("daily_sales", changed)
    service.start_sensor("unhealthy_days_sensor")
    wait_until(lambda: len(service.ticks("unhealthy_days_sensor")) >= 2, "two ticks")
    ran = len(service.runs("healing_job"))
    file = service.project / "data" / "2026" / "02" / "12" / "sales.csv"

    changed_at = time.time()
    add_to_feed(service, *[f"{day},Kettle,1,10.00" for day in changed])
    file.unlink()
    wait_until(
        lambda: all(
            day["invocation_id"] != before[name]["invocation_id"]
            for name, day in service.days("daily_sales", changed).items()
        ),
        "the healing",
    )
    wait_until(
        lambda: service.checks("partition_health")["every_day_is_healthy"] == "SUCCEEDED", "the health of all days"
    )
    seconds = time.time() - changed_at

    assert seconds < HEALED_SECONDS
    assert file.exists()
    assert len(service.runs("healing_job")) == ran + 1
    after = service.days("daily_sales", [*changed, gone])
    assert [after[day]["row_count"] - before[day]["row_count"] for day in changed] == [1, 1]
    assert len({day["invocation_id"] for day in after.values()}) == 1

    seen = len(service.ticks("unhealthy_days_sensor"))
    wait_until(lambda: len(service.ticks("unhealthy_days_sensor")) >= seen + 3, "idle ticks")
    idle = [tick for tick in service.ticks("unhealthy_days_sensor") if tick["endTimestamp"]][:2]
    assert not any(tick["runIds"] for tick in idle)
    assert len(service.runs("healing_job")) == ran + 1
    cost = [tick["endTimestamp"] - tick["timestamp"] for tick in idle]
    assert max(cost) < 1
    told(capsys, f"healed in {seconds:.0f} s; idle ticks took {', '.join(f'{one * 1000:.0f} ms' for one in cost)}")


@pytest.mark.weekly
@pytest.mark.usefixtures("everything")
def test_a_day_that_fails_when_it_is_healed_is_red_on_all_its_assets_and_not_tried_again(
    service: DagsterService,
) -> None:
    bad = "2026-03-20"
    service.start_sensor("unhealthy_days_sensor")
    ran = len(service.runs("healing_job"))
    add_to_feed(service, *[f"{bad},Kettle,many,9.99"] * 50)
    wait_until(lambda: service.runs("healing_job")[0]["status"] == "FAILURE", "the day to fail")
    seen = len(service.ticks("unhealthy_days_sensor"))
    wait_until(lambda: len(service.ticks("unhealthy_days_sensor")) >= seen + 3, "idle ticks")

    assert len(service.runs("healing_job")) == ran + 1
    for asset in OF_A_DAY:
        assert service.days_by_status(asset)["FAILED"] == [(bad, bad)], asset
    assert service.checks("partition_health")["every_day_is_healthy"] == "FAILED"
    assert service.checks("sales_summary")["has_the_newest_days"] == "SUCCEEDED"  # nothing was published


@needs_browser
def test_the_graph_shows_the_feed_the_sales_and_the_files_from_left_to_right(
    service: DagsterService, tmp_path: Path
) -> None:
    with browsing(viewport={"width": 1400, "height": 460}) as page:
        welcome = page.get_by_text("Join the Dagster community")
        page.add_locator_handler(welcome, lambda: page.get_by_role("button", name="Skip").click())
        page.goto(f"{service.url}/asset-groups")
        where = []
        for group in ("feed", "sales", "files", "daily_partitions"):
            box = page.get_by_text(group, exact=True).last
            expect(box).to_be_visible(timeout=60_000)
            where.append((box.bounding_box() or {"x": 0})["x"])
        expect(welcome).to_be_hidden()
        page.screenshot(path=os.environ.get("SCREENSHOT_GRAPH", tmp_path / "graph.png"))
    assert where == sorted(where)

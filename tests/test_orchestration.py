"""The definitions: what Dagster shows, and when it asks for which days."""

import asyncio
import importlib
import os
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from conftest import ROOT, Pipeline
from dagster._core.definitions.freshness_evaluator import CronFreshnessPolicyEvaluator
from dagster._core.definitions.sensor_definition import SensorExecutionData
from dagster._core.loader import LoadingContextForTest
from dagster._core.test_utils import freeze_time
from dagster_service import MADE, copy_project, install_engine, run_dagster

from orchestration import dbt, healing
from orchestration.definitions import definitions
from orchestration.files import feed_patterns, fingerprints
from orchestration.partitions import backfill_policy, contiguous
from orchestration.project import Project

ASSETS = definitions.resolve_asset_graph()
DAYS = dg.DailyPartitionsDefinition("2026-01-01", timezone="Asia/Tokyo")
DAILY = definitions.resolve_assets_def("daily_sales")
RUN_BY_RUN = (
    "partition_plan",
    "partition_row_changes",
    "staged_days",
    "rejected_rows",
    "partition_audit",
    "partition_outputs",
    "partition_ledger",
)
OF_THE_ENGINE = dict.fromkeys(
    (*RUN_BY_RUN, "known_feeds", "source_days", "partition_health", "partition_changes"), "daily_partitions"
)
SALES = dict.fromkeys(("stg_sales", "daily_sales", "daily_sales_summary"), "sales")
FILES = {"daily_sales_csv": "%Y/%m/%d/sales.csv", "daily_sales_summary_csv": "%Y/%m/%d/sales_summary.csv"}
MADE_EACH_DAY = {**dict.fromkeys(RUN_BY_RUN, "daily_partitions"), **SALES, **dict.fromkeys(FILES, "files")}


def asset(name: str) -> dg.AssetSpec:
    return definitions.resolve_assets_def(name).get_asset_spec(dg.AssetKey(name))


@pytest.mark.long
def test_the_definitions_are_valid(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    said = run_dagster(project, "definitions", "validate")
    assert said.returncode == 0, said.stderr


@pytest.mark.long
def test_everything_can_be_materialized_in_one_run(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    said = run_dagster(project, "asset", "materialize", "--partition", "2026-01-15", "--select", "*")
    assert said.returncode == 0, said.stderr[-3000:]
    assert (project / "data" / "2026" / "01" / "15" / "sales.csv").exists()


@pytest.mark.long
def test_another_project_is_shown_with_its_own_figures_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copy_project(tmp_path / "copy")
    project = tmp_path / "meter_readings"
    shutil.copytree(ROOT / "examples" / "meter_readings", project, ignore=MADE)
    install_engine(project, copy)
    feed = tmp_path / "readings.csv"
    readings = [f"{meter},2026-01-15T{hour:02}:00:00+01:00,1.5\n" for meter in "AB" for hour in range(24)]
    feed.write_text("meter_id,read_at,kwh\n" + "".join(readings), encoding="utf-8")

    variables = {"DBT_PROJECT_DIR": str(project), "METER_READINGS": str(feed)}
    everything = ("--partition", "2026-01-15", "--select", "*")
    said = run_dagster(copy, "asset", "materialize", *everything, **variables)

    assert said.returncode == 0, said.stderr[-3000:]
    monkeypatch.setenv("DAGSTER_HOME", str(copy / "data" / "dagster"))
    with dg.DagsterInstance.get() as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey("daily_consumption_parquet"))
    assert event
    assert event.asset_materialization
    metadata = {name: shown.value for name, shown in event.asset_materialization.metadata.items()}
    path = "data/date=2026-01-15/consumption.parquet"
    assert metadata.items() >= {"row_count": 2, "rejected_count": 0, "total_kwh": 72.0, "output_path": path}.items()
    assert metadata["dagster/partition_row_count"] == 2
    assert (project / path).exists()


def test_a_code_location_of_ones_own_has_another_project_as_a_component(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "meter_readings"
    shutil.copytree(ROOT / "examples" / "meter_readings", project, ignore=MADE)
    install_engine(project, ROOT)
    location = tmp_path / "of_ones_own" / "readings"
    location.mkdir(parents=True)
    (location.parent / "__init__.py").touch()
    defs = "type: orchestration.component.DailyPartitions\nattributes: {project: meter_readings}\n"
    (location / "defs.yaml").write_text(defs, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    shown = dg.ComponentTree.from_module(importlib.import_module("of_ones_own"), tmp_path).build_defs()

    readings = shown.resolve_assets_def("daily_consumption")
    assert readings.partitions_def == dg.DailyPartitionsDefinition("2026-01-01", timezone="Europe/Berlin")
    assert {"every_staged_row_is_published_or_rejected"} <= {spec.name for spec in readings.check_specs}
    repository = shown.get_repository_def()
    assert "daily_partition_schedule" in {schedule.name for schedule in repository.schedule_defs}
    assert "unhealthy_days_sensor" in {sensor.name for sensor in repository.sensor_defs}
    groups = {str(node.key.to_user_string()): node.group_name for node in shown.resolve_asset_graph().asset_nodes}
    assert groups["daily_consumption"] == "meter_readings"
    assert groups["daily_consumption_parquet"] == "files"


@pytest.mark.parametrize(
    "changed",
    [
        "profiles.yml",
        "dbt_project/dbt_project.yml",
        "dbt_project/models/marts/daily_sales.sql",
        "daily_partitions/dbt_project.yml",
        "daily_partitions/macros/days",
        "daily_partitions/models/run/partition_plan.sql",
        "daily_partitions/plugins/places.py",
    ],
)
def test_the_project_is_parsed_anew_when_a_file_of_it_or_of_the_engine_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    copy = copy_project(tmp_path)
    project = Project(copy / "dbt_project", copy)
    parsed: list[Path] = []
    monkeypatch.setattr(dbt, "_parse", lambda _, folder: parsed.append(folder))
    monkeypatch.setattr(dbt, "_keep", lambda *_: None)
    project.target.mkdir(parents=True)
    for name in (dbt.MANIFEST, dbt.PARSED):
        (project.target / name).write_text("{}")

    dbt.manifest(project)
    assert not parsed
    later = datetime.now(timezone.utc).timestamp() + 1
    os.utime(copy / changed, (later, later))
    dbt.manifest(project)
    assert len(parsed) == 1


def test_every_partitioned_model_has_a_partition_for_each_day_since_the_start_date_in_tokyo() -> None:
    assert {key.to_user_string() for key in DAILY.keys} == set(MADE_EACH_DAY)
    for name in MADE_EACH_DAY:
        assert asset(name).partitions_def == DAYS


@pytest.mark.parametrize(("name", "group"), [*(OF_THE_ENGINE | MADE_EACH_DAY).items(), ("sales_summary", "sales")])
def test_an_asset_shows_what_dbt_knows_of_the_model(name: str, group: str) -> None:
    shown = asset(name)

    assert shown.group_name == group
    assert shown.owners == ([] if name in OF_THE_ENGINE else ["sales-data@example.com"])
    assert shown.kinds == {"dbt", "csv" if name in FILES else "duckdb"}
    assert "Grain" in (shown.description or "") or name == "partition_plan"
    assert "Raw SQL" not in (shown.description or "")
    assert ("After the newest day of the feed none is owed" in (shown.description or "")) == (name in MADE_EACH_DAY)
    assert shown.metadata.get("dagster/uri") == (f"data/{FILES[name]}" if name in FILES else None)
    assert ("dagster/table_name" in shown.metadata) == (name not in FILES)
    columns = shown.metadata["dagster/column_schema"].columns
    assert all(column.description for column in columns)


def test_the_raw_feed_is_upstream_and_the_summary_of_all_days_downstream_without_partitions() -> None:
    feed = dg.AssetKey(["raw", "sales"])
    assert ASSETS.get(feed).child_keys == {dg.AssetKey(name) for name in ("known_feeds", "source_days", "stg_sales")}
    assert ASSETS.get(feed).is_observable
    assert ASSETS.get(feed).partitions_def == DAYS
    assert asset("sales_summary").partitions_def is None
    assert ASSETS.get(dg.AssetKey("sales_summary")).parent_keys == {dg.AssetKey("daily_sales_summary")}


def test_the_groups_are_shown_from_the_feed_over_the_sales_to_the_files_with_all_else_behind_them() -> None:
    group = {node.key: str(node.group_name) for node in ASSETS.asset_nodes}
    behind = {name: set[str]() for name in group.values()}
    for node in ASSETS.asset_nodes:
        behind[group[node.key]] |= {group[parent] for parent in node.parent_keys} - {group[node.key]}
    # which refuses circles
    assert [*TopologicalSorter(behind).static_order()] == ["feed", "sales", "files", "daily_partitions"]


def test_what_is_made_of_all_days_follows_them_and_each_day_is_owed_by_the_morning() -> None:
    following = {
        spec.key.to_user_string() for spec in definitions.resolve_all_asset_specs() if spec.automation_condition
    }
    assert following == {"sales_summary", "partition_changes"}
    owed = {spec.key.to_user_string() for spec in definitions.resolve_all_asset_specs() if spec.freshness_policy}
    assert owed == {"daily_sales", "daily_sales_summary", *FILES}
    assert asset("daily_sales").freshness_policy == dg.FreshnessPolicy.cron(
        "0 6 * * *", lower_bound_delta=timedelta(hours=6), timezone="Asia/Tokyo"
    )


@pytest.mark.parametrize(("now", "state"), [("2026-03-16T05:59", "PASS"), ("2026-03-16T06:01", "FAIL")])
def test_a_day_is_late_when_it_is_not_there_in_the_morning(now: str, state: str) -> None:
    """The last was made a minute after midnight of the day before, in Tokyo."""
    node, tokyo = ASSETS.get(dg.AssetKey("daily_sales")), ZoneInfo("Asia/Tokyo")
    with dg.DagsterInstance.ephemeral() as instance:
        with freeze_time(datetime(2026, 3, 15, 0, 1, tzinfo=tokyo)):
            instance.report_runless_asset_event(dg.AssetMaterialization("daily_sales", partition="2026-03-14"))
        with freeze_time(datetime.fromisoformat(now).replace(tzinfo=tokyo)):
            evaluating = CronFreshnessPolicyEvaluator().evaluate_freshness(LoadingContextForTest(instance), node)
            assert asyncio.run(evaluating).value == state


@pytest.mark.parametrize(
    ("job", "assets"),
    [
        ("daily_partition_job", set(MADE_EACH_DAY)),
        ("all_days_job", {"sales_summary", "partition_changes"}),
        ("partition_health_job", {"known_feeds", "source_days", "partition_health"}),
    ],
)
def test_each_model_is_made_by_one_of_the_jobs(job: str, assets: set[str]) -> None:
    keys = definitions.resolve_job_def(job).asset_layer.executable_asset_keys
    assert {key.to_user_string() for key in keys} == assets


def test_data_tests_are_checks_and_unit_tests_are_not() -> None:
    names = {spec.name for spec in DAILY.check_specs}
    assert {"daily_sales_amount_is_quantity_times_price", "every_staged_row_is_published_or_rejected"} <= names
    assert not any("multiplies_exactly" in name for name in names)
    assert all(spec.partitions_def == DAYS for spec in DAILY.check_specs)
    assert all("cannot be executed alone" in (spec.description or "") for spec in DAILY.check_specs)


@pytest.mark.parametrize("time", ["00:00", "00:30", "23:30"])
def test_the_schedule_asks_for_the_day_that_has_ended_last_in_tokyo(time: str) -> None:
    now = datetime.fromisoformat(f"2026-03-15T{time}").replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    tick = definitions.resolve_schedule_def("daily_partition_schedule").evaluate_tick(
        dg.build_schedule_context(scheduled_execution_time=now, repository_def=definitions.get_repository_def())
    )
    assert [request.partition_key for request in tick.run_requests or []] == ["2026-03-14"]


def test_nothing_makes_a_day_by_itself_until_someone_starts_it() -> None:
    repository = definitions.get_repository_def()
    (schedule,) = repository.schedule_defs
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    sensors = {sensor.name: sensor for sensor in repository.sensor_defs}
    running = {name for name, sensor in sensors.items() if sensor.default_status == dg.DefaultSensorStatus.RUNNING}
    assert running == {"downstream_sensor"}
    assert all(sensor.description for sensor in sensors.values())


def tick(instance: dg.DagsterInstance, cursor: str | None = None) -> SensorExecutionData:
    sensor = definitions.resolve_sensor_def("unhealthy_days_sensor")
    return sensor.evaluate_tick(dg.build_sensor_context(instance, cursor=cursor))


def report(instance: dg.DagsterInstance, *days_to_run: list[str], seen: Mapping[str, str] | None = None) -> None:
    metadata: dict[str, Any] = {"days_to_run": list(days_to_run), "seen_files": dict(seen or {})}
    instance.report_runless_asset_event(dg.AssetMaterialization("partition_health", metadata=metadata))


def test_the_sensor_asks_for_the_wrong_days_in_one_run_and_once_for_each_report() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        report(instance, ["2026-01-01", "2026-01-01"], ["2026-02-27", "2026-03-01"])
        first = tick(instance)
        second = tick(instance, first.cursor)  # the cursor is all that a restart leaves
        report(instance, ["2026-01-01", "2026-01-01"])
        third = tick(instance, second.cursor)

    assert [len(asked.run_requests or []) for asked in (first, second, third)] == [1, 0, 1]


def test_the_sensor_asks_for_nothing_when_no_day_is_wrong_and_no_file_has_moved(tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text("date\n", encoding="utf-8")
    with dg.DagsterInstance.ephemeral() as instance:
        report(instance, seen=fingerprints([str(feed)]))
        still = tick(instance)
        feed.write_text("date\n2026-01-01\n", encoding="utf-8")
        moved = tick(instance)
    assert not still.run_requests
    assert "no day is wrong" in (still.skip_message or "")
    assert len(moved.run_requests or []) == 1


def test_the_sensor_looks_at_the_days_when_nobody_has_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        never = tick(instance)
        failed = tick(instance, never.cursor)  # for there is no report still
        monkeypatch.setattr(healing, "LOOK_SECONDS", 0)
        later = tick(instance, never.cursor)
    assert [len(asked.run_requests or []) for asked in (never, failed, later)] == [1, 0, 1]


@pytest.mark.parametrize("pattern", ["%Y/%m/%d.csv", "**/*.csv", "2026", "2026/01/01.csv"])
def test_a_file_of_the_feed_is_seen_to_move_whichever_way_the_feed_is_named(pipeline: Pipeline, pattern: str) -> None:
    file = pipeline.root / "2026" / "01" / "01.csv"
    file.parent.mkdir(parents=True)
    file.write_text("date\n", encoding="utf-8")
    pipeline.use_feed(str(pipeline.root / pattern))
    project = Project(pipeline.project, pipeline.profiles)
    patterns = feed_patterns(project, pipeline.parse())
    before = fingerprints(patterns)
    file.write_text("date\n2026-01-01\n", encoding="utf-8")
    assert patterns
    assert fingerprints(patterns) != before


def test_the_sensor_asks_for_nothing_while_a_run_of_its_own_is_under_way() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        job = definitions.resolve_job_def("all_days_job")
        instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        report(instance, ["2026-01-01", "2026-01-01"])
        answer = tick(instance)
    assert not answer.run_requests
    assert "under way" in (answer.skip_message or "")


def test_contiguous_ranges_hold_just_the_days_given_across_the_ends_of_months() -> None:
    days = ["2026-02-28", "2026-03-01", "2026-01-01", "2026-03-03"]
    assert [(part.start, part.end) for part in contiguous(days)] == [
        ("2026-01-01", "2026-01-01"),
        ("2026-02-28", "2026-03-01"),
        ("2026-03-03", "2026-03-03"),
    ]
    assert not contiguous([])


@pytest.mark.parametrize(("limit", "expected"), [("", None), ("31", 31)])
def test_a_backfill_is_one_run_unless_a_limit_is_set(
    monkeypatch: pytest.MonkeyPatch, limit: str, expected: int | None
) -> None:
    monkeypatch.setenv("MAX_PARTITIONS_PER_RUN", limit)
    assert backfill_policy(Project.at(ROOT / "dbt_project", ROOT)).max_partitions_per_run == expected


@pytest.mark.parametrize("limit", ["0", "-1", "many", "1.5"])
def test_a_limit_that_is_no_number_of_days_is_refused(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setenv("MAX_PARTITIONS_PER_RUN", limit)
    with pytest.raises(ValueError, match=f"MAX_PARTITIONS_PER_RUN: got '{limit}', expected a number of days"):
        backfill_policy(Project.at(ROOT / "dbt_project", ROOT))


@pytest.mark.long
def test_what_a_run_had_to_parse_anew_is_there_for_the_next(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = Project(pipeline.project, pipeline.profiles)
    shutil.copy(project.target / dbt.PARSED, tmp_path)
    monkeypatch.setattr(Project, "target", tmp_path)
    pipeline.write_feed("2026-01-15,Tea,1,1.00")
    feed = pipeline.root / "feed.csv"
    shutil.copy(feed, pipeline.root / "moved.csv")
    moments = []
    for path in (feed, pipeline.root / "moved.csv", pipeline.root / "moved.csv"):
        pipeline.warehouse.unlink(missing_ok=True)  # which knows the feed that it was filled from
        pipeline.use_feed(str(path))
        with dg.DagsterInstance.ephemeral() as instance:
            assert dg.materialize([DAILY], partition_key="2026-01-15", instance=instance).success
        moments.append((tmp_path / "partial_parse.msgpack").stat().st_mtime_ns)
    before, moved, again = moments
    assert before < moved == again


def test_a_day_whose_file_cannot_be_written_is_not_shown_as_made(pipeline: Pipeline) -> None:
    good, blocked = "2026-01-15", "2026-01-16"
    pipeline.csv_path(blocked, "sales_summary.csv").mkdir(parents=True)
    pipeline.write_feed(f"{good},Tea,1,1.00", f"{blocked},Tea,1,1.00")
    days = {"dagster/asset_partition_range_start": good, "dagster/asset_partition_range_end": blocked}
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([DAILY], tags=days, instance=instance, raise_on_error=False)
        shown = instance.get_materialized_partitions(dg.AssetKey("daily_sales"))
        reports = instance.get_records_for_run(result.run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    assert not result.success
    assert shown == {good}
    assert f"{blocked}: published, but its files could not be written" in str(reports[0].event_log_entry)


def test_the_file_of_a_day_that_stands_as_failed_is_put_back_though_no_other_day_is_wrong(pipeline: Pipeline) -> None:
    day = "2026-01-15"
    job = definitions.resolve_job_def("healing_job")
    pipeline.write_feed(f"{day},Tea,1,1.00")
    assert pipeline.run().success
    pipeline.write_feed(f"{day},Tea,many,1.00")
    assert not pipeline.run().success
    published = pipeline.contents()
    with dg.DagsterInstance.ephemeral() as instance:
        job.execute_in_process(instance=instance, raise_on_error=False)
        pipeline.csv_path(day).unlink()
        job.execute_in_process(instance=instance, raise_on_error=False)
        shown = instance.get_materialized_partitions(dg.AssetKey("daily_sales_csv"))
    assert pipeline.contents() == published
    assert pipeline.query(f"select status from partition_health where partition_date = '{day}'") == [("failed",)]
    assert day not in shown

"""Which days a run processes, and what it refuses."""

from pathlib import Path

import pytest
from conftest import READ_AT_PARSING, Pipeline

TWO_DAYS = ["2026-01-15,Tea,2,5.00", "2026-01-17,Tea,1,4.00"]


def planned(pipeline: Pipeline) -> list[tuple[str, str]]:
    return pipeline.query("select partition_date::varchar, reason from partition_plan order by all")


def test_a_run_with_partition_date_plans_that_day(pipeline: Pipeline) -> None:
    pipeline.write_feed(*TWO_DAYS)
    assert pipeline.run_day("2026-01-15").success
    assert planned(pipeline) == [("2026-01-15", "asked for by name")]


def test_a_range_plans_every_day_of_it_both_ends_included(pipeline: Pipeline) -> None:
    pipeline.write_feed(*TWO_DAYS)
    assert pipeline.run_range("2026-01-15", "2026-01-17").success
    assert [day for day, _ in planned(pipeline)] == ["2026-01-15", "2026-01-16", "2026-01-17"]


def test_a_full_refresh_plans_each_day_from_start_date_to_the_newest_of_the_feed(pipeline: Pipeline) -> None:
    pipeline.write_feed("2025-12-31,Tea,1,1.00", *TWO_DAYS)
    assert pipeline.run("--full-refresh").success
    assert planned(pipeline) == [(f"2026-01-{day:02}", "full refresh") for day in range(1, 18)]


def test_a_full_refresh_plans_a_published_day_that_left_the_feed(pipeline: Pipeline) -> None:
    pipeline.write_feed(*TWO_DAYS)
    assert pipeline.run("--full-refresh").success
    pipeline.write_feed(TWO_DAYS[0])
    assert pipeline.run("--full-refresh").success
    assert pipeline.csv("2026-01-17") == "date,product,quantity,price,amount\n"
    assert pipeline.query("select date::varchar from daily_sales") == [("2026-01-15",)]


def test_the_plan_and_the_ledger_outlive_a_full_refresh(pipeline: Pipeline) -> None:
    pipeline.write_feed(*TWO_DAYS)
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.run("--full-refresh", start_date="2026-01-15").success
    assert pipeline.query("select count(*) from partition_plan") == [(4,)]
    assert pipeline.query("select count(*) from partition_ledger") == [(4,)]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {"partition_date": "2026-1-5"},
            "partition_date: got '2026-1-5', expected a day of the calendar written YYYY-MM-DD",
        ),
        ({"partition_date": 20260115}, "partition_date: got '20260115'"),
        ({"partition_date": "2026-02-30"}, "partition_date: got '2026-02-30'"),
        ({"partition_date": "2026-02-29"}, "partition_date: got '2026-02-29'"),
        ({"partition_date": "2026-01-15 12:00:00"}, "partition_date: got '2026-01-15 12:00:00'"),
        ({"partition_date": "2026-01-15' or true --"}, "partition_date: got '2026-01-15' or true --'"),
        ({"partition_date": "2026-01-15\n'; drop table x"}, "partition_date: got '2026-01-15 '; drop table x'"),
        ({"partition_date": None}, "partition_date: got ''"),
        ({"partition_date": ""}, "partition_date: got ''"),
        ({"partition_date": "2025-12-31"}, "expected a day not before start_date 2026-01-01"),
        (
            {"partition_start": "2026-01-15"},
            "expected either partition_date, or both partition_start and partition_end",
        ),
        ({"partition_end": "2026-01-15"}, "expected either partition_date, or both partition_start and partition_end"),
        (
            {"partition_date": "2026-01-15", "partition_start": "2026-01-15"},
            "expected either partition_date, or both partition_start and partition_end",
        ),
        (
            {"partition_start": "2026-01-15", "partition_end": "2026-01-14"},
            "partition_end: got '2026-01-14', expected a day not before partition_start 2026-01-15",
        ),
        ({"partiton_date": "2026-01-15"}, "partiton_date: got '2026-01-15', expected another name"),
        ({"partition_date": "2026-01-15", "start_date": "yesterday"}, "start_date: got 'yesterday'"),
        ({"partition_date": "2026-01-15", "timezone": "Asia/Tokyo'; x"}, "timezone: got 'Asia/Tokyo'; x'"),
        ({"partition_date": "2026-01-15", "price_type": "double"}, "price_type: got 'double', expected decimal("),
        ({"partition_date": "2026-01-15", "price_type": "decimal(39, 2)"}, "price_type: got 'decimal(39, 2)'"),
        ({"partition_date": "2026-01-15", "price_type": "decimal(18, 7)"}, "expected no more than 6 decimals"),
        ({"partition_date": "2026-01-15", "quantity_type": "varchar"}, "quantity_type: got 'varchar'"),
        ({"partition_date": "2026-01-15", "max_rejected_ratio": 5}, "max_rejected_ratio: got '5'"),
        ({"partition_date": "2026-01-15", "max_rejected_ratio": "0.1"}, "max_rejected_ratio: got '0.1'"),
        ({"partition_date": "2026-01-15", "export_dir": ""}, "export_dir: got ''"),
    ],
)
def test_a_var_that_cannot_be_meant_is_refused_and_nothing_is_made(
    pipeline: Pipeline, variables: dict[str, object], expected: str
) -> None:
    pipeline.write_feed(*TWO_DAYS)
    outcome = pipeline.run(parse=READ_AT_PARSING & variables.keys() != set(), **variables)
    assert not outcome.success
    assert expected in outcome.error
    day = "2026-01-15" if "start_date" in variables else "2026-01-01"
    assert f"This works: dbt run --vars '{{partition_date: {day}}}'" in outcome.error
    assert not pipeline.warehouse.exists() or pipeline.query("select 1 from duckdb_tables()") == []
    assert not pipeline.exports.exists()


@pytest.mark.parametrize(
    "variables",
    [
        {"partition_date": "2026-1-5"},
        {"partition_start": "2026-01-15"},
        {"partiton_date": "2026-01-15"},
        {"price_type": "double"},
        {"export_dir": ""},
        {"timezone": "Asia/Tokio"},
    ],
    ids=", ".join,
)
def test_what_is_refused_is_refused_when_dbt_parses_before_anything_is_opened(
    pipeline: Pipeline, variables: dict[str, object]
) -> None:
    pipeline.write_feed(*TWO_DAYS)
    (name,) = variables
    assert f"The var {name}: got '" in pipeline.run(parse=True, **variables).error
    assert not pipeline.warehouse.exists()
    assert not pipeline.exports.exists()


def test_a_full_refresh_with_a_window_is_refused(pipeline: Pipeline) -> None:
    pipeline.write_feed(*TWO_DAYS)
    assert pipeline.run("--full-refresh").success
    before = pipeline.files()
    outcome = pipeline.run("--full-refresh", partition_date="2026-01-15")
    assert not outcome.success
    assert "would drop all other days" in outcome.error
    assert pipeline.files() == before
    assert pipeline.query("select count(*) from daily_sales") == [(2,)]


def test_an_empty_run_is_refused_because_it_would_empty_the_days(pipeline: Pipeline) -> None:
    pipeline.write_feed(*TWO_DAYS)
    assert pipeline.run_day("2026-01-15").success
    outcome = pipeline.run("--empty", partition_date="2026-01-15")
    assert not outcome.success
    assert "--empty would publish the days without their rows" in outcome.error
    assert pipeline.query("select count(*) from daily_sales") == [(1,)]


@pytest.mark.parametrize(
    "selection", [["--select", "daily_sales"], ["--select", "+daily_sales"], ["--exclude", "partition_ledger"]]
)
def test_a_run_that_leaves_a_partitioned_model_out_is_refused(
    pipeline: Pipeline, kept: Path, selection: list[str]
) -> None:
    def make() -> None:
        pipeline.write_feed(*TWO_DAYS)
        assert pipeline.run_day("2026-01-15").success

    pipeline.once(kept / "planned", make)
    before = pipeline.files()
    pipeline.write_feed("2026-01-15,Tea,9,5.00")
    outcome = pipeline.run(*selection, partition_date="2026-01-15")
    assert not outcome.success
    assert "This works: dbt run --select tag:partitioned" in outcome.error
    assert pipeline.query("select quantity from daily_sales") == [(2,)]
    assert pipeline.files() == before
    assert pipeline.run("--select", "tag:partitioned", partition_date="2026-01-15").success


def test_an_unknown_time_zone_is_refused(pipeline: Pipeline) -> None:
    pipeline.write_feed(*TWO_DAYS)
    outcome = pipeline.run(partition_date="2026-01-15", timezone="Asia/Tokio")
    assert not outcome.success
    assert "The var timezone: got 'Asia/Tokio', expected the name of a time zone" in outcome.error


def test_the_unpartitioned_summary_runs_alone_and_without_days(pipeline: Pipeline) -> None:
    pipeline.write_feed(*TWO_DAYS)
    assert pipeline.run("--full-refresh").success
    assert pipeline.run("--select", "sales_summary").success
    assert pipeline.query("select product, row_count, quantity, amount::varchar from sales_summary") == [
        ("Tea", 2, 3, "14.00")
    ]


def test_days_may_be_given_by_the_environment(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.write_feed("2026-01-15,Tea,1,1.00", "2026-01-16,Tea,1,1.00", "2026-01-17,Tea,1,1.00")
    monkeypatch.setenv("PARTITION_DATE", "")  # is none
    monkeypatch.setenv("PARTITION_START", "2026-01-16")
    monkeypatch.setenv("PARTITION_END", "2026-01-17")
    assert pipeline.run().success
    planned = "select partition_date::varchar from partition_plan order by all"
    assert pipeline.query(planned) == [("2026-01-16",), ("2026-01-17",)]
    assert pipeline.run_day("2026-01-15").success  # a var goes first
    assert pipeline.query(planned)[0] == ("2026-01-15",)


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        (
            "PARTITION_DATE",
            "2026-1-5",
            "The environment variable PARTITION_DATE: got '2026-1-5', expected a day",
        ),
        ("PARTITION_END", "2026-01-15", "expected either partition_date, or both partition_start and partition_end"),
        ("PARTITION_DATE", "2025-12-31", "by the line start_date: 2025-12-31"),
    ],
)
def test_a_day_of_the_environment_that_cannot_be_meant_is_refused(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, name: str, day: str, expected: str
) -> None:
    pipeline.write_feed("2026-01-15,Tea,1,1.00")
    monkeypatch.setenv(name, day)
    assert expected in pipeline.run().error
    assert not pipeline.warehouse.exists() or pipeline.query("select 1 from duckdb_tables()") == []

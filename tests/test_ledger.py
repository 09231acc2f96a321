"""What the ledger and the audit say of a run."""

import pytest
from conftest import Pipeline

FEED = ["2026-01-15,Tea,2,5.00", "2026-01-15,Cup,1,4.00", "2026-01-16,Cup,1,4.00"]
COLUMNS = """
    partition_date::varchar, status, source_rows, rejected_count, row_count, total_amount::decimal(18, 2)::varchar,
    previous_row_count, previous_total_amount::decimal(18, 2)::varchar
"""


def ledger(pipeline: Pipeline) -> list[tuple[object, ...]]:
    return pipeline.query(f"select {COLUMNS} from partition_ledger order by finished_at, partition_date")


def test_each_run_adds_a_line_for_each_of_its_days_and_changes_none(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run_range("2026-01-15", "2026-01-16").success
    pipeline.write_feed(*FEED, "2026-01-15,Pen,1,1.50")
    assert pipeline.run_day("2026-01-15").success
    assert ledger(pipeline) == [
        ("2026-01-15", "materialized", 2, 0, 2, "14.00", None, None),
        ("2026-01-16", "materialized", 1, 0, 1, "4.00", None, None),
        ("2026-01-15", "materialized", 3, 0, 3, "15.50", 2, "14.00"),
    ]


def test_a_failed_day_is_recorded_with_the_rows_it_kept_and_no_output(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run_day("2026-01-15").success
    pipeline.write_feed("2026-01-15,Tea,two,5.00", "2026-01-15,Cup,1,4.00")
    assert not pipeline.run_day("2026-01-15").success
    assert ledger(pipeline)[1:] == [("2026-01-15", "failed", 2, 1, 2, "14.00", 2, "14.00")]
    assert pipeline.query("select reason from partition_ledger where status = 'failed'") == [
        ("1 of 2 rows rejected, max_rejected_ratio is 0.05",)
    ]
    assert pipeline.query("select count(distinct run_id) from partition_outputs") == [(1,)]


def test_the_recorded_paths_are_those_of_the_files(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.query("select model, path from partition_outputs where path is not null order by model") == [
        ("daily_sales_csv", str(pipeline.csv_path("2026-01-15"))),
        ("daily_sales_summary_csv", str(pipeline.csv_path("2026-01-15", "sales_summary.csv"))),
    ]


def test_a_run_is_recorded_from_its_start_to_its_end(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.query(
        "select count(distinct run_id), bool_and(started_at < finished_at) from partition_ledger"
    ) == [(1, True)]
    assert pipeline.query("select l.run_id = p.run_id from partition_ledger l, partition_plan p") == [(True,)]


def test_a_run_that_broke_before_its_end_is_planned_and_not_recorded(pipeline: Pipeline) -> None:
    pipeline.write_feed('2026-01-15,"Tea,2,5.00', *FEED)
    assert not pipeline.run_day("2026-01-15").success
    assert pipeline.query("select count(*) from partition_plan") == [(1,)]
    pipeline.write_feed(*FEED)
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.query("select count(*) from partition_plan") == [(2,)]
    assert pipeline.query("select count(*) from partition_ledger") == [(1,)]


def test_the_share_of_rejected_rows_that_fails_a_day_is_a_setting(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,two,5.00", "2026-01-15,Cup,1,4.00")
    assert not pipeline.run_day("2026-01-15", max_rejected_ratio=0.49).success
    assert pipeline.run_day("2026-01-15", max_rejected_ratio=0.5).success
    assert not pipeline.run_day("2026-01-15", max_rejected_ratio=0).success


def test_the_data_tests_pass_after_a_run_with_rejected_and_failed_days(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED, "2026-01-17,Tea,two,5.00", "no day,Tea,1,1.00")
    assert not pipeline.run_range("2026-01-14", "2026-01-17").success
    assert pipeline.dbt("test") == pipeline.dbt("test", parse=True)
    assert pipeline.dbt("test").success


def test_a_day_that_failed_in_a_long_range_names_no_file_of_the_run_and_the_list_says_that_it_is_cut(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    days = [f"2026-01-{day:02}" for day in range(1, 32)] + ["2026-02-01", "2026-02-02"]
    good = [f"{day},Tea,1,1.00" for day in days]
    pipeline.write_feed(*good)
    assert pipeline.run_range(days[0], days[-1]).success
    pipeline.write_feed(*good, f"{days[4]},Tea,many,1.00")
    capsys.readouterr()
    assert "1 of 33 days failed" in pipeline.run_range(days[0], days[-1]).error
    named = "select count(*) from partition_outputs join partition_ledger using (run_id, partition_date)"
    assert pipeline.query(f"{named} where status = 'failed'") == [(0,)]
    printed = capsys.readouterr().out
    assert "1 of 2 rows rejected, max_rejected_ratio is 0.05" in printed
    assert "Of more than 31 days only those that failed are listed" in printed

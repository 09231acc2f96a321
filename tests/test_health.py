"""Days checked against their source and their files, and a run that heals just what is wrong."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from conftest import Pipeline

DAYS = [f"2026-01-{day:02}" for day in range(1, 11)]
FEED = [f"{day},{product},{n},{n}.50" for day in DAYS for n, product in enumerate(("Tea", "Bowl", "Whisk"), start=1)]
GREEN = dict.fromkeys(DAYS, "materialized")


@pytest.fixture
def finished(pipeline: Pipeline, kept: Path) -> Pipeline:
    """A pipeline that has done all days of its feed."""

    def finish() -> None:
        pipeline.write_feed(*FEED)
        outcome = pipeline.run()
        assert outcome.success, outcome.error
        assert pipeline.health() == GREEN

    pipeline.once(kept / "finished", finish)
    return pipeline


def reason(pipeline: Pipeline, day: str) -> str:
    ((said,),) = pipeline.query(f"select reason from partition_health where partition_date = '{day}'")
    return str(said)


def heal(pipeline: Pipeline) -> dict[str, str]:
    """Run without days, and return what was done to which."""
    outcome = pipeline.run()
    assert outcome.success or "that failed before stand as they were" in outcome.error, outcome.error
    newest = "(select arg_max(run_id, planned_at) from partition_plan)"
    planned = f"select partition_date::varchar, action from partition_plan where run_id = {newest} order by all"
    return dict(pipeline.query(planned))


def other_files(files: dict[str, tuple[bytes, int]], *days: str) -> dict[str, tuple[bytes, int]]:
    return {path: facts for path, facts in files.items() if path[:10].replace("/", "-") not in days}


def test_a_late_a_deleted_and_a_changed_row_make_just_their_days_stale_and_a_run_heals_these(
    finished: Pipeline,
) -> None:
    late, deleted, changed = "2026-01-02", "2026-01-05", "2026-01-08"
    before = finished.files()
    rows = [row for row in FEED if row != f"{deleted},Bowl,2,2.50"]
    rows = [row.replace("3.50", "9.50") if row.startswith(f"{changed},Whisk") else row for row in rows]
    finished.write_feed(*rows, f"{late},Late,1,1.00")

    assert finished.health() == {**GREEN, late: "stale", deleted: "stale", changed: "stale"}
    assert reason(finished, late) == "the feed has changed since: 3 rows then, 4 now"
    assert reason(finished, changed) == "the feed has changed since: 3 rows as before, with other content"
    assert heal(finished) == {late: "run", deleted: "run", changed: "run"}
    assert finished.health() == GREEN
    assert other_files(finished.files(), late, deleted, changed) == other_files(before, late, deleted, changed)
    assert f"{late},Late,1,1.00,1.00\n" in finished.csv(late)
    assert "Bowl" not in finished.csv(deleted)
    assert f"{changed},Whisk,3,9.50,28.50\n" in finished.csv(changed)


def test_a_file_that_is_gone_and_one_that_was_edited_are_named_and_restored_without_touching_rows(
    finished: Pipeline,
) -> None:
    gone, edited = "2026-01-03", "2026-01-07"
    before = finished.files()
    finished.csv_path(gone).unlink()
    path = finished.csv_path(edited, "sales_summary.csv")
    path.write_bytes(path.read_bytes().replace(b"Tea", b"Pot"))  # of the same size

    assert finished.health() == {**GREEN, gone: "export_missing", edited: "export_changed"}
    assert reason(finished, gone) == "sales.csv is not there"
    assert reason(finished, edited) == "sales_summary.csv was changed by something else"
    assert heal(finished) == {gone: "export", edited: "export"}
    assert finished.health() == GREEN
    assert {path: data for path, (data, _) in finished.files().items()} == {
        path: data for path, (data, _) in before.items()
    }
    assert other_files(finished.files(), gone, edited) == other_files(before, gone, edited)
    assert finished.query("from partition_changes where change != 'published'") == []
    outcome = finished.dbt("test")
    assert outcome.success, outcome.error


def test_when_all_is_well_a_run_changes_no_file_and_says_so(
    finished: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    before = finished.files()
    capsys.readouterr()
    assert heal(finished) == dict.fromkeys(DAYS, "run")  # the last plan is still that of the first run
    assert finished.files() == before
    assert "No day is wrong" in capsys.readouterr().out


def test_neither_the_order_of_the_rows_nor_the_time_of_a_file_matters(finished: Pipeline) -> None:
    finished.write_feed(*reversed(FEED))
    os.utime(finished.csv_path("2026-01-03"))
    assert finished.health() == GREEN


@pytest.mark.parametrize("late", ["2026-01-04,Tea,many,1.00", "2026-01-04,Tea,1", "2026-01-04,,1,1.00"])
def test_a_late_row_that_is_rejected_or_has_no_product_makes_its_day_stale_too(finished: Pipeline, late: str) -> None:
    finished.write_feed(*FEED, late)
    assert finished.health() == {**GREEN, "2026-01-04": "stale"}
    finished.run(max_rejected_ratio=1)
    assert finished.health() == GREEN


def test_a_day_whose_rows_are_all_gone_from_the_feed_becomes_empty(finished: Pipeline) -> None:
    finished.write_feed(*[row for row in FEED if not row.startswith("2026-01-06")])
    assert finished.health() == {**GREEN, "2026-01-06": "stale"}
    assert heal(finished) == {"2026-01-06": "run"}
    assert finished.health() == {**GREEN, "2026-01-06": "empty"}


def test_a_feed_that_lost_all_its_rows_empties_no_day_unless_it_is_asked_for(finished: Pipeline) -> None:
    before = finished.files()
    finished.write_feed()
    for command in ([], ["--full-refresh"]):
        outcome = finished.run(*command)
        assert not outcome.success
        assert "10 of 10 days failed their audit and were left as they were" in outcome.error
        assert "2026-01-01 (no row left, nor of any other day" in outcome.error
        assert finished.files() == before
    assert "10 days that failed before stand as they were" in finished.run().error
    assert finished.run_day(DAYS[0]).success
    assert finished.csv(DAYS[0]) == "date,product,quantity,price,amount\n"
    finished.write_feed(*FEED)
    assert heal(finished) == dict.fromkeys(DAYS, "run")
    assert finished.contents() == {path: content for path, (content, _) in before.items()}


def test_rows_of_a_day_that_has_not_come_are_found_and_taken_out_and_no_day_before_is_owed_for_them(
    pipeline: Pipeline,
) -> None:
    pipeline.write_feed("2026-01-15,Tea,1,1.00", "2026-01-16,Tea,1,1.00")
    assert pipeline.run(start_date="2026-01-15").success
    later = "select date '2026-01-20' as date, * exclude date from daily_sales_summary"
    pipeline.execute(f"insert into daily_sales_summary by name {later}")
    assert pipeline.run("--select", "tag:health", start_date="2026-01-15").success
    reason = "the rows were changed by something else: daily_sales_summary has 2 rows of a day that was never run"
    look = "select partition_date::varchar, status, reason from partition_health where status != 'materialized'"
    assert pipeline.query(look) == [("2026-01-20", "stale", reason)]
    assert pipeline.run(start_date="2026-01-15").success
    assert pipeline.query(look) == [("2026-01-20", "empty", None)]
    assert pipeline.query("select max(date)::varchar from daily_sales_summary") == [("2026-01-16",)]


def test_a_day_made_by_other_sql_is_outdated_right_after_its_file_was_put_back(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,1,1.00")
    assert pipeline.run(start_date="2026-01-15").success
    pipeline.execute("update partition_outputs set made_by = 'other SQL' where rows_hash is not null")
    pipeline.csv_path("2026-01-15").unlink()
    assert pipeline.run(start_date="2026-01-15").success
    assert pipeline.csv_path("2026-01-15").exists()
    assert pipeline.query("select status from partition_health") == [("outdated",)]


def test_rows_deleted_from_the_warehouse_by_hand_are_put_back(finished: Pipeline) -> None:
    finished.execute("delete from daily_sales where date = '2026-01-09' and product = 'Tea'")
    assert finished.health() == {**GREEN, "2026-01-09": "stale"}
    assert heal(finished) == {"2026-01-09": "run"}
    assert finished.health() == GREEN


@pytest.mark.parametrize(
    "change",
    [
        "update daily_sales set product = 'Cup' where date = '2026-01-05' and product = 'Tea'",
        "delete from daily_sales_summary where date = '2026-01-05'",
    ],
)
def test_rows_changed_in_the_warehouse_by_hand_are_found_though_their_number_and_amount_are_the_same(
    finished: Pipeline, change: str
) -> None:
    before = finished.files()
    finished.execute(change)
    assert finished.health() == {**GREEN, "2026-01-05": "stale"}
    assert heal(finished) == {"2026-01-05": "run"}
    assert {path: content for path, (content, _) in finished.files().items()} == {
        path: content for path, (content, _) in before.items()
    }


def test_a_folder_that_is_no_day_among_the_exports_is_left_alone(finished: Pipeline) -> None:
    stray = finished.csv_path("2026-02-31")
    stray.parent.mkdir(parents=True)
    stray.write_text("not ours", encoding="utf-8")
    assert finished.health() == GREEN
    assert stray.exists()


def test_days_never_run_are_missing_and_those_before_the_feed_began_too(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-03,Tea,1,1.00")
    assert pipeline.health() == {"2026-01-01": "missing", "2026-01-02": "missing", "2026-01-03": "missing"}
    assert reason(pipeline, "2026-01-03") == "never run; the feed has 1 row"
    assert heal(pipeline) == {"2026-01-01": "run", "2026-01-02": "run", "2026-01-03": "run"}
    assert pipeline.health() == {"2026-01-01": "empty", "2026-01-02": "empty", "2026-01-03": "materialized"}


def test_a_feed_without_rows_has_no_missing_days(pipeline: Pipeline) -> None:
    pipeline.write_feed()
    assert pipeline.health() == {}
    assert pipeline.run().success
    assert pipeline.files() == {}


def test_a_failed_day_is_tried_again_only_when_the_feed_changed_or_it_is_asked_for(finished: Pipeline) -> None:
    bad = "2026-01-05"
    finished.write_feed(*FEED, f"{bad},Tea,many,1.00")
    assert "1 of 1 days failed" in finished.run().error
    assert finished.health() == {**GREEN, bad: "failed"}

    attempts = f"select count(*) from partition_ledger where partition_date = '{bad}'"
    assert finished.query(attempts) == [(2,)]
    assert f"1 days that failed before stand as they were: {bad} (1 of 4 rows rejected" in finished.run().error
    assert finished.query(attempts) == [(2,)]
    assert not finished.run_day(bad).success
    assert finished.query(attempts) == [(3,)]

    before = finished.csv(bad)
    finished.csv_path(bad).unlink()
    assert heal(finished) == {bad: "export"}
    assert finished.csv(bad) == before
    assert finished.health() == {**GREEN, bad: "failed"}

    finished.write_feed(*FEED, f"{bad},Tea,1,1.00")
    assert finished.health() == {**GREEN, bad: "failed"}
    assert "the feed has changed since" in reason(finished, bad)
    assert heal(finished) == {bad: "run"}
    assert finished.health() == GREEN


def test_a_run_of_given_days_renews_the_health_of_these(finished: Pipeline) -> None:
    finished.write_feed(*FEED, "2026-01-04,Late,1,1.00")
    assert finished.health()["2026-01-04"] == "stale"
    assert finished.run_day("2026-01-04").success
    states = dict(finished.query("select partition_date::varchar, status from partition_health"))
    assert states == GREEN


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("START sql table model main.partition_audit", marks=[pytest.mark.long, pytest.mark.weekly]),
        "START sql daily_table model main.daily_sales_summary",
        pytest.param("/2026/01/05/sales.csv", marks=pytest.mark.long),
        pytest.param("START sql daily_table model main.partition_ledger", marks=[pytest.mark.long, pytest.mark.weekly]),
    ],
    ids=["before publishing", "rows published", "while exporting", "before the ledger"],
)
def test_a_killed_run_leaves_the_truth_and_the_next_one_heals(finished: Pipeline, moment: str) -> None:
    rows = [row.replace("Tea", "Pot") for row in FEED]
    finished.write_feed(*rows)
    finished.kill_run_at(moment)

    wrong = {day for day, status in finished.health().items() if status != "materialized"}
    stands = {day for day in DAYS if "Pot" in finished.csv(day) and "Pot" in finished.csv(day, "sales_summary.csv")}
    assert wrong >= set(DAYS) - stands
    assert set(heal(finished)) == wrong
    assert finished.health() == GREEN
    assert all("Pot" in finished.csv(day) for day in DAYS)


def test_changes_tell_what_was_published_before(finished: Pipeline) -> None:
    finished.write_feed(*FEED, "2026-01-04,Late,2,1.00")
    heal(finished)
    finished.write_feed(*(row + "0" for row in FEED), "2026-01-04,Late,2,1.00")
    assert finished.health() == GREEN  # the same prices, written with another digit, are no change
    assert finished.run_range(DAYS[0], DAYS[-1]).success  # the same again is no restatement
    columns = "partition_date::varchar, row_count_before, row_count, total_amount_difference::varchar, reason"
    assert finished.query(f"select {columns} from partition_changes where change = 'restated'") == [
        ("2026-01-04", 3, 4, "2.000000", "stale: the feed has changed since: 3 rows then, 4 now")
    ]


def test_a_preview_says_what_the_next_run_would_do_and_writes_nothing(
    finished: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    rejected = ["2026-01-11,Tea,many,1.00", "11.01.2026,Tea,1,1.00"]
    finished.write_feed(*FEED, "2026-01-04,Late,2,1.00", "2026-01-11,Tea,1,1.00", *rejected)
    finished.csv_path("2026-01-09").unlink()
    before = (finished.files(), finished.warehouse.read_bytes())
    capsys.readouterr()

    outcome = finished.preview()

    assert outcome.success, outcome.error
    printed = capsys.readouterr().out.splitlines()
    said = [line.split() for line in printed if line.startswith("2026")]
    assert [line[:7] for line in said] == [
        ["2026-01-04", "run", "3", "4", "0", "17.00", "19.00"],
        ["2026-01-09", "export", "3", "3", "17.00", "17.00", "export"],  # nothing is read, so nothing rejected
        ["2026-01-11", "run", "0", "0", "1", "0.00", "0.00"],
    ]
    assert "would fail: 1 of 2 rows rejected" in printed[-2]
    assert "Rows whose date cannot be read, which belong to no day: 1" in printed
    assert (finished.files(), finished.warehouse.read_bytes()) == before


def test_a_build_with_nothing_to_do_has_nothing_to_complain_of(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-01,Tea,1,1.00", "1.1.26,Tea,1,1.00")
    assert pipeline.dbt("build", "--exclude-resource-type", "unit_test").success
    outcome = pipeline.dbt("build", "--exclude-resource-type", "unit_test")
    assert outcome.success, outcome.error


def test_a_preview_of_a_feed_whose_dates_cannot_be_read_says_so(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.write_feed("11.01.2026,Tea,1,1.00", "12.01.2026,Tea,1,1.00")

    assert pipeline.preview().success

    undated = "Rows whose date cannot be read, which belong to no day: 2"
    assert capsys.readouterr().out.splitlines() == ["The next run would do nothing", undated]


@pytest.mark.parametrize("window", [{}, {"partition_date": "2026-01-11"}])
def test_a_preview_counts_the_lines_that_are_malformed_as_the_run_does(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str], window: dict[str, Any]
) -> None:
    good = [f"2026-01-11,Tea,{quantity},1.00" for quantity in range(1, 41)]
    pipeline.write_feed(*good, "2026-01-11,Tea,1,1.00,more", "2026-01-11,Tea,many,1.00", "11.01.2026,Tea,1,1.00,more")

    assert pipeline.preview(**window).success
    printed = capsys.readouterr().out.splitlines()
    assert pipeline.run(**window).success

    (planned,) = [line.split()[:5] for line in printed if line.startswith("2026-01-11")]
    assert planned == ["2026-01-11", "run", "0", "40", "2"]
    assert "Rows whose date cannot be read, which belong to no day: 1" in printed
    rejected = pipeline.query("select partition_date::varchar, count(*) from rejected_rows group by all order by all")
    assert rejected == [("2026-01-11", 2), (None, 1)]


def test_a_look_at_the_feed_that_failed_says_nothing_of_health(
    finished: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    finished.write_feed('2026-01-04,"Late,2,1.00', *FEED)
    capsys.readouterr()
    assert "a quote that is not closed" in finished.run().error
    assert "No day is wrong" not in capsys.readouterr().out


def test_a_file_a_day_may_be_a_folder_a_day_and_one_without_a_header_is_refused(pipeline: Pipeline) -> None:
    pipeline.use_feed(str(pipeline.root / "feed" / "%Y-%m-%d"))
    for day in DAYS[:2]:
        file = pipeline.root / "feed" / day / "part-1.csv"
        file.parent.mkdir(parents=True)
        file.write_text(f"date,product,quantity,price\n{day},Tea,1,1.00\n", encoding="utf-8")
    assert heal(pipeline) == dict.fromkeys(DAYS[:2], "run")
    file.with_name("part-2.csv").write_text(f"date,product,quantity,price\n{day},Bowl,1,1.00\n", encoding="utf-8")
    assert heal(pipeline) == {day: "run"}
    assert pipeline.run_day(DAYS[0]).success
    assert set(pipeline.health().values()) == {"materialized"}

    before = pipeline.files()
    file.write_text("", encoding="utf-8")
    assert f"has no header in {file}" in pipeline.run().error
    assert pipeline.files() == before


def test_a_feed_of_a_file_a_day_is_read_again_only_where_a_file_moved(pipeline: Pipeline) -> None:
    days = DAYS[:3]
    pipeline.use_feed(str(pipeline.root / "feed" / "%Y-%m-%d.csv"))
    files = {day: write_day(pipeline, f"{day}.csv", f"{day},Tea,1,1.00") for day in days}
    assert pipeline.run().success
    assert set(pipeline.health().values()) == {"materialized"}

    # what is said of a day is believed as soon as its file is too old to have been written again without a sign of it
    for _ in range(10):
        pipeline.execute(f"update source_days set source_fingerprint = 1 where partition_date = '{days[0]}'")
        if pipeline.health()[days[0]] == "stale":
            break
    else:
        pytest.fail("a file that did not move is read again each time")

    pipeline.execute("delete from source_days")
    files[days[1]].write_text(files[days[1]].read_text(encoding="utf-8").replace("1.00", "2.00"), encoding="utf-8")
    files[days[2]].unlink()
    assert pipeline.health() == {days[0]: "materialized", days[1]: "stale", days[2]: "stale"}
    assert heal(pipeline) == {days[1]: "run", days[2]: "run"}
    assert pipeline.health() == {days[0]: "materialized", days[1]: "materialized", days[2]: "empty"}


@pytest.mark.long
def test_days_read_by_another_version_of_duckdb_are_read_and_done_once_again(pipeline: Pipeline) -> None:
    pipeline.use_feed(str(pipeline.root / "%Y-%m-%d.csv"))
    (pipeline.root / f"{DAYS[0]}.csv").write_text(
        f"date,product,quantity,price\n{DAYS[0]},Tea,1,1.00\n", encoding="utf-8"
    )
    assert pipeline.run().success
    before = pipeline.contents()
    pipeline.execute("update source_days set scanned_by = 'v0.1', source_fingerprint = 1")
    pipeline.execute("update partition_ledger set source_fingerprint = 1")

    assert pipeline.health() == {DAYS[0]: "stale"}
    assert heal(pipeline) == {DAYS[0]: "run"}
    assert pipeline.health() == {DAYS[0]: "materialized"}
    assert pipeline.contents() == before


def test_a_feed_without_a_needed_column_is_refused_when_health_is_asked(finished: Pipeline) -> None:
    finished.write_feed("2026-01-01,Tea,1", header="date,product,quantity\n")
    outcome = finished.run("--select", "tag:health")
    assert "has no column price" in outcome.error
    assert dict(finished.query("select partition_date::varchar, status from partition_health")) == GREEN


@pytest.mark.long
def test_a_moment_is_the_same_on_a_machine_of_another_time_zone(pipeline: Pipeline) -> None:
    feed = pipeline.root / "feed.parquet"
    moments = "select timestamptz '2026-01-02 10:00:00+09' as date, 'Tea' as product, 1 as quantity, 1.5 as price"
    duckdb.sql(f"copy ({moments}) to '{feed}'")
    pipeline.use_feed(str(feed))
    with pipeline.start("run", TZ="America/New_York") as process:
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert pipeline.health()["2026-01-02"] == "materialized"


def test_a_day_is_complete_when_it_has_ended_and_the_grace_time_too(pipeline: Pipeline) -> None:
    now = datetime.now(ZoneInfo("Asia/Tokyo"))
    today, yesterday = (str(now.date() - timedelta(days=back)) for back in (0, 1))
    pipeline.write_feed(f"{today},Tea,1,1.00", f"{yesterday},Tea,1,1.00")
    settings: dict[str, Any] = {"start_date": yesterday}
    assert pipeline.run("--select", "tag:health", **settings).success
    assert pipeline.query("select partition_date::varchar from partition_health") == [(yesterday,)]

    settings = {"start_date": str(now.date() - timedelta(days=3)), "grace_minutes": 24 * 60}
    assert pipeline.run("--select", "tag:health", **settings).success
    last_look = "(select max(checked_at) from partition_health)"
    newest = f"select max(partition_date)::varchar from partition_health where checked_at = {last_look}"
    assert pipeline.query(newest) == [(str(now.date() - timedelta(days=2)),)]


def test_a_calendar_that_begins_later_holds_no_days_before(finished: Pipeline) -> None:
    assert finished.run("--select", "tag:health", start_date=DAYS[4]).success
    states = dict(finished.query("select partition_date::varchar, status from partition_health"))
    assert states == dict.fromkeys(DAYS[4:], "materialized")


def test_a_calendar_without_a_complete_day_yet_has_nothing_to_do(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    outcome = pipeline.run(start_date=str(datetime.now(ZoneInfo("Asia/Tokyo")).date()))
    assert outcome.success, outcome.error
    assert pipeline.query("from partition_health") == []


def test_days_further_back_than_the_lookback_are_left_alone(finished: Pipeline) -> None:
    finished.write_feed(*FEED, "2026-01-02,Late,1,1.00")
    assert finished.run(lookback_days=30).success
    assert finished.query("select count(*) from partition_ledger where partition_date = '2026-01-02'") == [(1,)]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"lookback_days": 0}, "The var lookback_days: got '0', expected a number of days"),
        ({"lookback_days": "some"}, "The var lookback_days: got 'some', expected a number of days"),
        ({"grace_minutes": -5}, "The var grace_minutes: got '-5', expected a number of minutes"),
        ({"expected_until": "soon"}, "The var expected_until: got 'soon', expected feed, newest or a day"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(pipeline: Pipeline, settings: dict[str, Any], expected: str) -> None:
    pipeline.write_feed(*FEED)
    assert expected in pipeline.run(**settings).error


@pytest.mark.parametrize("selected", ["partition_health", "tag:partitioned"])
def test_what_would_judge_by_an_old_look_at_the_feed_is_refused(finished: Pipeline, selected: str) -> None:
    outcome = finished.run("--select", selected)
    assert not outcome.success
    assert "source_days" in outcome.error


def test_the_health_of_given_days_is_not_asked_without_running_them(finished: Pipeline) -> None:
    outcome = finished.run("--select", "tag:health", partition_date=DAYS[0])
    assert "dbt run --select tag:health" in outcome.error


def write_day(pipeline: Pipeline, file: str, *rows: str, header: str = "date,product,quantity,price\n") -> Path:
    """Write a file of a feed of a file or a folder a day."""
    path = pipeline.root / "feed" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def set_time(path: Path, ns: int) -> None:
    os.utime(path, ns=(ns, ns))


def test_one_file_of_a_folder_written_again_with_an_older_time_and_of_the_same_size_is_read_again(
    pipeline: Pipeline,
) -> None:
    day, hour = DAYS[0], 3600 * 10**9
    pipeline.use_feed(str(pipeline.root / "feed" / "%Y-%m-%d"))
    old = write_day(pipeline, f"{day}/a.csv", f"{day},Tea,1,1.00")
    new = write_day(pipeline, f"{day}/b.csv", f"{day},Cup,1,1.00")
    long_ago = old.stat().st_mtime_ns - 24 * hour
    set_time(old, long_ago)
    set_time(new, long_ago + hour)
    assert pipeline.run().success
    old.write_text(old.read_text(encoding="utf-8").replace("1.00", "2.00"), encoding="utf-8")
    set_time(old, long_ago - hour)
    assert pipeline.health() == {day: "stale"}


@pytest.mark.parametrize("changed", ["feed", "export"])
def test_a_file_written_again_within_a_second_and_of_the_same_size_is_read_again(
    pipeline: Pipeline, changed: str
) -> None:
    day = DAYS[0]
    pipeline.use_feed(str(pipeline.root / "feed" / "%Y-%m-%d.csv"))
    feed = write_day(pipeline, f"{day}.csv", f"{day},Tea,1,1.00")
    assert pipeline.run().success
    path = feed if changed == "feed" else pipeline.csv_path(day)
    before = path.stat().st_mtime_ns
    path.write_text(path.read_text(encoding="utf-8").replace("1.00", "2.00"), encoding="utf-8")
    set_time(path, before)
    assert pipeline.health() == {day: "stale" if changed == "feed" else "export_changed"}


def test_a_feed_put_elsewhere_with_its_times_is_read_again(pipeline: Pipeline) -> None:
    day = DAYS[0]
    pipeline.use_feed(str(pipeline.root / "feed" / "%Y-%m-%d.csv"))
    path = write_day(pipeline, f"{day}.csv", f"{day},Tea,1,1.00")
    assert pipeline.run().success
    (pipeline.root / "other").mkdir()
    copy = pipeline.root / "other" / path.name
    copy.write_text(path.read_text(encoding="utf-8").replace("1.00", "2.00"), encoding="utf-8")
    set_time(copy, path.stat().st_mtime_ns)
    pipeline.use_feed(str(copy.with_name("%Y-%m-%d.csv")))
    assert pipeline.health() == {day: "stale"}


def test_a_day_that_is_in_no_file_of_a_feed_that_became_a_file_a_day_is_stale(pipeline: Pipeline) -> None:
    pipeline.write_feed(f"{DAYS[0]},Tea,1,1.00", f"{DAYS[1]},Tea,1,1.00")
    assert pipeline.run().success
    pipeline.use_feed(str(pipeline.root / "feed" / "%Y-%m-%d.csv"))
    write_day(pipeline, f"{DAYS[1]}.csv", f"{DAYS[1]},Tea,1,1.00")
    assert pipeline.health() == {DAYS[0]: "stale", DAYS[1]: "materialized"}


def test_a_day_of_malformed_lines_alone_is_empty_when_its_file_is_gone(pipeline: Pipeline) -> None:
    pipeline.use_feed(str(pipeline.root / "feed" / "%Y-%m-%d.csv"))
    path = write_day(pipeline, f"{DAYS[0]}.csv", f"{DAYS[0]},Tea,1,1.00,more")
    write_day(pipeline, f"{DAYS[1]}.csv", f"{DAYS[1]},Tea,1,1.00")
    assert pipeline.run(max_rejected_ratio=1).success
    path.unlink()
    assert pipeline.run(max_rejected_ratio=1).success
    assert pipeline.query("from rejected_rows") == []


def test_settings_that_make_other_rows_of_the_same_files_make_their_days_stale(pipeline: Pipeline) -> None:
    day = DAYS[1]
    pipeline.use_feed(str(pipeline.root / "feed" / "%Y-%m-%d.csv"))
    write_day(pipeline, f"{day}.csv", f"{day},Tea,1,1.00", f"{day}T12:00:00Z,Cup,1,1.00")
    assert pipeline.run().success
    settings: dict[str, Any] = {"price_type": "decimal(18, 3)"}

    assert pipeline.run("--select", "tag:health", **settings).success

    query = f"select status, reason from partition_health where partition_date = '{day}'"
    ((status, why),) = pipeline.query(query)
    assert status == "stale"
    assert why.endswith("or reads otherwise: made with price decimal(18, 2)")
    assert pipeline.run("--full-refresh", **settings).success
    assert (
        pipeline.csv(day) == f"date,product,quantity,price,amount\n{day},Cup,1,1.000,1.000\n{day},Tea,1,1.000,1.000\n"
    )
    assert pipeline.run("--select", "tag:health", timezone="Pacific/Auckland").error.count("in Pacific/Auckland") == 1


def test_files_written_with_another_escaping_are_written_again_and_no_row_is_touched(pipeline: Pipeline) -> None:
    pipeline.write_feed(f"{DAYS[0]},=1+1,1,1.00")
    assert pipeline.run().success
    assert pipeline.run("--select", "tag:health", escape_formulas=True).success
    assert pipeline.query("select status, reason from partition_health") == [
        (
            "export_changed",
            "sales.csv and sales_summary.csv was written by another version of its model or with other settings",
        )
    ]
    assert pipeline.run(escape_formulas=True).success
    assert ",'=1+1," not in pipeline.csv(DAYS[0]).splitlines()[0]
    assert pipeline.csv(DAYS[0]).splitlines()[1].startswith(f"{DAYS[0]},'=1+1,")
    assert pipeline.query("select action from partition_ledger order by run_number") == [("run",), ("export",)]


def test_a_run_stamped_by_a_clock_that_was_ahead_is_not_the_last_for_ever(finished: Pipeline) -> None:
    ahead = "= {0} + interval 30 days"
    finished.execute(f"update partition_plan set planned_at {ahead.format('planned_at')}")
    columns = ("started_at", "finished_at")
    finished.execute(f"update partition_ledger set {', '.join(f'{name} {ahead.format(name)}' for name in columns)}")
    finished.write_feed(*FEED, "2026-01-04,Late,1,1.00")
    assert finished.run().success
    assert finished.health() == GREEN
    assert finished.run_day("2026-01-05").success
    assert finished.dbt("test").success


def test_an_empty_feed_empties_no_day_though_days_outside_the_calendar_were_seen_before(finished: Pipeline) -> None:
    before = finished.contents()
    finished.write_feed()
    outcome = finished.run(start_date=DAYS[4])
    assert "6 of 6 days failed their audit" in outcome.error
    assert finished.contents() == before


def test_a_full_refresh_makes_every_day_of_the_calendar(pipeline: Pipeline) -> None:
    pipeline.write_feed(f"{DAYS[0]},Tea,1,1.00", f"{DAYS[3]},Tea,1,1.00")
    assert pipeline.run("--full-refresh").success
    states = {DAYS[0]: "materialized", DAYS[1]: "empty", DAYS[2]: "empty", DAYS[3]: "materialized"}
    assert pipeline.health() == states
    assert pipeline.csv(DAYS[1]) == "date,product,quantity,price,amount\n"


def test_a_full_refresh_forgets_no_rejected_row_for_good(pipeline: Pipeline) -> None:
    bad = f"{DAYS[1]},Tea,many,1.00"
    pipeline.write_feed(f"{DAYS[0]},Tea,1,1.00", bad)
    assert pipeline.run(max_rejected_ratio=1).success
    pipeline.write_feed(f"{DAYS[0]},Tea,1,1.00")
    assert pipeline.run("--full-refresh", max_rejected_ratio=1).success
    pipeline.write_feed(f"{DAYS[0]},Tea,1,1.00", bad)
    assert pipeline.run(max_rejected_ratio=1).success
    assert pipeline.query("select partition_date::varchar from rejected_rows") == [(DAYS[1],)]


def test_days_that_the_feed_owes_are_missing_until_they_come_or_are_asked_for(
    finished: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    owed = ["2026-01-11", "2026-01-12"]
    settings: dict[str, Any] = {"expected_until": owed[-1]}
    capsys.readouterr()
    assert finished.run(**settings).success
    assert "No day is wrong" not in capsys.readouterr().out
    columns = "partition_date::varchar, status, reason, action"
    query = f"select {columns} from partition_health where status = 'missing' order by partition_date"
    said = "the feed has no row of this day, nor of a later one"
    assert finished.query(query) == [(day, "missing", said, None) for day in owed]

    finished.write_feed(*FEED, f"{owed[0]},Tea,1,1.00")
    assert finished.run(**settings).success
    assert finished.query(query) == [(owed[1], "missing", said, None)]
    assert finished.run_day(owed[1], **settings).success
    assert finished.run("--select", "tag:health", **settings).success
    states = dict(finished.query("select partition_date::varchar, status from partition_health"))
    assert states == {**GREEN, owed[0]: "materialized", owed[1]: "empty"}


def test_a_feed_that_ended_is_missing_up_to_the_newest_complete_day_if_that_is_expected(pipeline: Pipeline) -> None:
    newest = datetime.now(ZoneInfo("Asia/Tokyo")).date() - timedelta(days=1)
    pipeline.write_feed(f"{newest - timedelta(days=2)},Tea,1,1.00")
    settings: dict[str, Any] = {"start_date": str(newest - timedelta(days=2)), "expected_until": "newest"}
    assert pipeline.run(**settings).success
    assert pipeline.query("select status from partition_health order by partition_date") == [
        ("materialized",),
        ("missing",),
        ("missing",),
    ]

"""A day has a history: what went and came, by which SQL, and back to what it was."""

import json
import os
import random
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import ROOT, Pipeline

DAY, NEXT = "2026-01-15", "2026-01-16"
FEED = [f"{DAY},Tea,2,5.00", f"{DAY},Tea,2,5.00", f"{DAY},Cup,1,4.00", f"{NEXT},Cup,1,4.00"]


@pytest.fixture
def twice(pipeline: Pipeline) -> Pipeline:
    """A pipeline with two days, of which the first was published a second time, with another row."""
    pipeline.write_feed(*FEED)
    assert pipeline.run_range(DAY, NEXT).success
    pipeline.write_feed(*FEED, f"{DAY},Late,1,0.50")
    assert pipeline.run_range(DAY, NEXT).success
    return pipeline


def row_changes(pipeline: Pipeline, run: int) -> list[tuple[str, int, str, str | None]]:
    """Return what a run kept of the rows of daily_sales that went and came."""
    return pipeline.query(
        "select change, row_count, changed_row ->> 'product', changed_row ->> 'amount' from partition_row_changes"
        f" where model = 'daily_sales' and run_number = {run} order by all"
    )


def standing(pipeline: Pipeline, day: str) -> tuple[str, str | None, str | None]:
    ((status, reason, action),) = pipeline.query(
        f"select status, reason, action from partition_health where partition_date = '{day}'"
    )
    return status, reason, action


def test_of_a_day_published_again_the_rows_that_went_and_came_are_kept(twice: Pipeline) -> None:
    assert row_changes(twice, 1) == []  # the first time
    assert row_changes(twice, 2) == [("added", 1, "Late", "0.50")]
    twice.write_feed(*FEED[1:], f'{DAY},"a ""quoted"", name",-3,0.10', f"{DAY},,1,7.00")
    assert twice.run_day(DAY).success
    assert row_changes(twice, 3) == [
        ("added", 1, 'a "quoted", name', "-0.30"),
        ("added", 1, None, "7.00"),
        ("removed", 1, "Late", "0.50"),
        ("removed", 1, "Tea", "10.00"),  # one of two that are equal
    ]


def test_a_day_that_was_empty_gets_its_rows_and_loses_them_again(pipeline: Pipeline) -> None:
    for rows in ([f"{NEXT},Cup,1,4.00"], FEED, [f"{NEXT},Cup,1,4.00"]):
        pipeline.write_feed(*rows)
        assert pipeline.run_range(DAY, NEXT).success
    assert row_changes(pipeline, 2) == [("added", 1, "Cup", "4.00"), ("added", 2, "Tea", "10.00")]
    assert row_changes(pipeline, 3) == [("removed", 1, "Cup", "4.00"), ("removed", 2, "Tea", "10.00")]


@pytest.mark.long
def test_what_a_run_changed_that_died_before_its_ledger_is_told_of_the_next(twice: Pipeline) -> None:
    twice.write_feed(f"{DAY},Pot,1,3.00", FEED[-1])
    twice.kill_run_at("START sql daily_table model main.partition_ledger")
    twice.write_feed(f"{DAY},Pot,1,3.00", FEED[-1])
    assert twice.run_day("2026-01-17").success  # another day
    assert twice.run_day(DAY).success
    assert twice.query(f"select run_number, change from partition_changes where partition_date = '{DAY}'") == [
        (1, "published"),
        (2, "restated"),
        (5, "restated"),
    ]
    assert twice.run_day(DAY, restore_run=4).success  # which left the day as run 2 had published it
    assert "Late" in twice.csv(DAY)


@pytest.mark.long
def test_a_run_that_dies_between_the_marts_keeps_the_history_whole(twice: Pipeline) -> None:
    first = twice.query("select path, hash from partition_outputs where run_number = 1 and hash is not null order by 1")
    twice.write_feed(f"{DAY},Pot,1,3.00", FEED[-1])
    twice.kill_run_at("START sql daily_table model main.daily_sales_summary")
    assert row_changes(twice, 3)
    assert twice.run_day(DAY).success
    assert twice.run_day(DAY, restore_run=1).success
    assert (
        twice.query("select path, hash from partition_outputs where run_number = 5 and hash is not null order by 1")
        == first[:2]
    )


@pytest.mark.long
def test_no_more_versions_are_kept_than_asked_for(twice: Pipeline) -> None:
    for price in (6, 7, 8):
        twice.write_feed(f"{DAY},Tea,2,{price}.00", *FEED[1:])
        assert twice.run_day(DAY, kept_versions=2).success
    assert twice.query("select distinct model, run_number from partition_row_changes order by all") == [
        (model, run) for model in ("daily_sales", "daily_sales_summary") for run in (4, 5)
    ]
    assert twice.run_day(DAY, kept_versions=2, restore_run=3).success
    before = twice.contents()
    outcome = twice.run_day(DAY, kept_versions=2, restore_run=2)
    assert not outcome.success
    assert "daily_sales can no longer be made as it was after run 2" in outcome.error
    assert "kept_versions: 2" in outcome.error
    assert twice.contents() == before
    assert standing(twice, DAY)[0] == "pinned"  # as run 3 left it, the failed one changed nothing


@pytest.mark.long
def test_a_restored_day_has_the_bytes_of_then_and_stays_until_it_is_released(twice: Pipeline) -> None:
    newest = twice.contents()
    run_id = twice.query("select any_value(run_id) from partition_ledger where run_number = 1")[0][0]
    twice.write_feed(*FEED[1:])
    assert twice.run_day(DAY, restore_run=run_id).success
    assert twice.csv(DAY) == (
        f"date,product,quantity,price,amount\n{DAY},Cup,1,4.00,4.00\n{DAY},Tea,2,5.00,10.00\n{DAY},Tea,2,5.00,10.00\n"
    )
    pinned = ("pinned", "restored as run 1 left it, until it is released or run by name", None)
    assert standing(twice, DAY) == pinned

    assert twice.run(start_date=DAY).success  # as each night
    assert standing(twice, DAY) == pinned
    assert twice.run("--full-refresh", start_date=DAY).success
    assert standing(twice, DAY) == pinned
    twice.csv_path(DAY).unlink()
    assert twice.run(start_date=DAY).success
    assert "Tea,2,5.00,10.00\n" in twice.csv(DAY)
    assert standing(twice, DAY) == pinned

    assert twice.run_day(DAY, release=True).success
    assert standing(twice, DAY)[::2] == ("stale", "run")
    assert twice.run(start_date=DAY).success
    assert standing(twice, DAY) == ("materialized", None, None)
    assert twice.csv(DAY).count("Tea") == 1
    assert twice.run_day(DAY, restore_run=2).success
    assert twice.contents() == newest
    assert twice.run_day(DAY).success  # by its name
    assert standing(twice, DAY) == ("materialized", None, None)


def test_a_whole_range_goes_back_to_what_a_run_left(twice: Pipeline) -> None:
    before = twice.contents()
    twice.write_feed(f"{DAY},Tea,9,9.00")
    assert twice.run_range(DAY, NEXT).success
    assert twice.contents() != before
    assert twice.run_range(DAY, NEXT, restore_run=2).success
    assert twice.contents() == before
    assert twice.query("select change, count(*) from partition_changes group by all order by all") == [
        ("published", 2),
        ("restated", 3),
        ("restored", 2),
    ]


def test_a_version_is_not_made_up_where_rows_were_changed_by_something_else(twice: Pipeline) -> None:
    twice.execute(f"update daily_sales set price = 5.10 where date = '{DAY}' and product = 'Tea'")
    outcome = twice.run_day(DAY, restore_run=1)
    assert not outcome.success
    assert "daily_sales can no longer be made as it was after run 1" in outcome.error
    assert twice.query(f"select distinct price from daily_sales where date = '{DAY}' and product = 'Tea'") == [
        (Decimal("5.10"),)
    ]
    assert twice.health()[DAY] == "stale"
    assert twice.run_day(DAY).success
    assert standing(twice, DAY)[0] == "materialized"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"restore_run": 9, "partition_date": DAY}, "restore_run: got '9', expected a run that published the day: 2 ("),
        ({"restore_run": "", "partition_date": DAY}, "restore_run: got '', expected a run that published the day"),
        ({"restore_run": 0, "partition_date": DAY}, "restore_run: got '0', expected a run that published the day"),
        (
            {"restore_run": False, "partition_date": DAY},
            "restore_run: got 'False', expected a run that published the day",
        ),
        ({"restore_run": 0}, "expected partition_date beside it"),
        ({"restore_run": 1}, "expected partition_date beside it, such as {partition_date: 2026-01-15, restore_run: 1}"),
        ({"release": True}, "expected partition_date beside it, such as {partition_date: 2026-01-15, release: true}"),
        ({"release": True, "partition_date": DAY}, "expected a day that is pinned, and none is from"),
        ({"release": True, "restore_run": 1, "partition_date": DAY}, "expected it without restore_run"),
    ],
)
def test_what_cannot_be_restored_or_released_is_refused(twice: Pipeline, asked: dict[str, object], said: str) -> None:
    before = twice.contents()
    outcome = twice.run(**asked)
    assert not outcome.success
    assert said in outcome.error
    assert twice.contents() == before


def test_a_day_that_a_run_never_reached_cannot_be_made_as_it_was_then(twice: Pipeline) -> None:
    assert twice.run_day("2026-01-17").success
    outcome = twice.run_day("2026-01-17", restore_run=2)
    assert "run 2 was before the day was first published" in outcome.error


def test_a_diff_shows_what_went_came_and_what_it_did_to_the_figures(
    twice: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    def diff(**asked: object) -> str:
        capsys.readouterr()
        twice.dbt("run-operation", "diff", "--target", "preview", "--args", json.dumps(asked))
        return capsys.readouterr().out

    shown = diff(partition_date=DAY)
    assert shown.splitlines() == [
        "2026-01-15, from run 1 to run 2",
        "                           before              after         difference",
        "row count                       3                  4                  1",
        "total amount                24.00              24.50               0.50",
        "",
        "daily_sales: rows that went: 0, that came: 1",
        "  date, product, quantity, price, amount",
        "+ 2026-01-15, Late, 1, 0.50, 0.50",
        "",
        "daily_sales_summary: rows that went: 0, that came: 1",
        "  date, product, row_count, quantity, amount",
        "+ 2026-01-15, Late, 1, 1, 0.50",
    ]
    assert "- 2026-01-15, Late, 1, 0.50, 0.50" in diff(partition_date=DAY, from_run=2, to_run=1)
    assert "2026-01-16 has not changed since run 1 published it: there is nothing" in diff(partition_date=NEXT)
    assert "2026-01-17 has never been published" in diff(partition_date="2026-01-17")
    assert "from_run: got '7', expected the number or the id of a run that published 2026-01-15: 1 (" in diff(
        partition_date=DAY, from_run=7
    )


def test_changes_name_the_days_a_consumer_has_to_read_again(
    twice: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    def changes(**asked: object) -> str:
        capsys.readouterr()
        twice.dbt("run-operation", "changes", "--target", "preview", "--args", json.dumps(asked))
        return capsys.readouterr().out

    assert [line.split()[:3] for line in changes().splitlines()[1:]] == [
        [DAY, "published", "1"],
        [NEXT, "published", "1"],
        [DAY, "restated", "2"],
    ]
    (change,) = json.loads(changes(since=1, format="json"))
    assert (change["partition_date"], change["row_count_before"], change["row_count"]) == (DAY, 3, 4)
    assert {Path(file["path"]).name for file in change["files"]} == {"sales.csv", "sales_summary.csv"}
    assert changes(since="2999-01-01") == "No day has changed since 2999-01-01\n"
    assert changes(since=2, format="json") == "[]\n"
    assert "since: got 'tomorrow', expected the number or the id of a run, or a time" in changes(since="tomorrow")
    assert "format: got 'xml', expected table or json" in changes(format="xml")


def edit(pipeline: Pipeline, file: str, old: str, new: str) -> None:
    """Change a file of the copied project."""
    path = pipeline.project / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.long
def test_a_changed_mart_makes_outdated_just_the_days_it_made(
    copied: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*args: str, **asked: object) -> dict[str, str]:
        outcome = copied.run(*args, parse=True, start_date=DAY, **asked)
        assert outcome.success, outcome.error
        return dict(copied.query("select partition_date::varchar, status from partition_health order by all"))

    healthy, outdated = dict.fromkeys((DAY, NEXT), "materialized"), dict.fromkeys((DAY, NEXT), "outdated")
    copied.write_feed(*FEED)
    assert run() == healthy
    before = copied.files()

    mart, summary = "models/marts/daily_sales.sql", "models/marts/daily_sales_summary.sql"
    edit(copied, mart, "select date,", "-- a comment's quote\nselect\n    date,  /* and one\nmore */")
    edit(copied, "models/marts/daily_sales.yml", "The sales of all", "All the sales of the")
    assert run() == healthy
    assert run(max_rejected_ratio=0.5) == healthy
    edit(copied, "models/exports/daily_sales_csv.sql", "select *", "select  /* all */\n*")
    assert run() == healthy
    assert copied.files() == before

    edit(copied, summary, "sum(quantity)", "sum(2 * quantity)")
    assert run() == outdated
    assert copied.files() == before
    capsys.readouterr()
    assert copied.preview(parse=True, start_date=DAY, rebuild_outdated=True).success
    printed = capsys.readouterr().out
    assert [line.split()[:2] for line in printed.splitlines()[1:]] == [[DAY, "run"], [NEXT, "run"]]
    assert "outdated: made by another version of daily_sales_summary" in printed
    assert run(partition_date=DAY) == {DAY: "materialized", NEXT: "outdated"}
    assert run() == {DAY: "materialized", NEXT: "outdated"}
    assert run(rebuild_outdated=True) == healthy
    assert copied.csv(DAY) == before["2026/01/15/sales.csv"][0].decode()
    assert "Tea,2,8," in copied.csv(DAY, "sales_summary.csv")
    assert copied.query("select change, count(*) from partition_changes where run_number > 1 group by all") == [
        ("restated", 2)
    ]


@pytest.mark.long
def test_a_setting_that_changes_amounts_makes_days_outdated(copied: Pipeline) -> None:
    copied.write_feed(*FEED)
    outcome = copied.run(parse=True, start_date=DAY, expected_until=NEXT)
    assert outcome.success, outcome.error
    edit(copied, "models/marts/daily_sales.sql", "quantity * price", "quantity * price * {{ var('price_factor', 1) }}")
    edit(copied, "dbt_project.yml", "settings: [", "settings: [price_factor, ")
    assert copied.run(parse=True, start_date=DAY, price_factor=1).success
    assert {status for (status,) in copied.query("select status from partition_health")} == {"outdated"}
    assert copied.run(parse=True, start_date=DAY, price_factor=1, rebuild_outdated=True).success
    assert {status for (status,) in copied.query("select status from partition_health")} == {"materialized"}
    assert copied.run(parse=True, start_date=DAY, price_factor=2).success
    assert {status for (status,) in copied.query("select status from partition_health")} == {"outdated"}


def test_each_day_knows_the_commit_it_was_made_by(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMIT", "it's 1f2e3d")
    pipeline.write_feed(*FEED)
    assert pipeline.run_day(DAY).success
    assert pipeline.query("select git_commit from partition_ledger") == [("it's 1f2e3d",)]


def random_day(chance: random.Random, day: str) -> list[str]:
    """Return rows of a day: none, a few, equal ones, of names that are hard to keep."""
    names = ["Tea", "Cup", "", '"a ""b"" , c"', "'", "null", "{}", "\\", "Ä", "日本", '"line\nbreak"']
    rows = [
        f"{day},{chance.choice(names)},{chance.randint(-3, 3)},{chance.randint(0, 300) / 100:.2f}"
        for _ in range(chance.choice([0, 1, 2, 5, 12]))
    ]
    return rows + chance.sample(rows, len(rows) // 3)


@pytest.mark.long
def test_each_version_of_each_day_can_be_made_again_to_the_byte(pipeline: Pipeline) -> None:
    assert restored_versions(pipeline, random.Random(17), days=12, runs=4) > 12


def restored_versions(pipeline: Pipeline, chance: random.Random, days: int, runs: int) -> int:
    """Give each of many days a random history, make each of its versions again, and return how many there were.

    Each run changes some of the days. What changed is told exactly, the rows that went and came add up to what the
    ledger says of the figures, and the days whose bytes changed are those that partition_changes names.
    """
    dates = [f"2026-01-{number:02}" for number in range(1, days + 1)]
    feed = {day: random_day(chance, day) for day in dates}
    versions: dict[int, dict[str, bytes]] = {}
    for run in range(1, runs + 1):
        pipeline.write_feed(*(row for day in dates for row in feed[day]))
        assert pipeline.run_range(dates[0], dates[-1], kept_versions=2 * runs).success
        versions[run] = pipeline.contents()
        before = versions.get(run - 1, {})
        changed = {path[:10].replace("/", "-") for path, data in versions[run].items() if before.get(path) != data}
        told = f"select partition_date::varchar from partition_changes where run_number = {run}"
        assert {day for (day,) in pipeline.query(told)} == changed
        for day in chance.sample(dates, days // 2):
            feed[day] = random_day(chance, day)
    check_sums(pipeline)
    for number, run in enumerate(chance.sample(list(versions), runs), start=runs + 1):
        outcome = pipeline.run_range(dates[0], dates[-1], restore_run=run, kept_versions=2 * runs)
        assert outcome.success, outcome.error
        assert pipeline.contents() == versions[run], f"run {number} did not bring back run {run}"
    check_sums(pipeline)
    ((count,),) = pipeline.query("select count(*) from partition_changes where change in ('published', 'restated')")
    return int(count)


def check_sums(pipeline: Pipeline) -> None:
    """Hold what went and came to what the ledger says of rows and amounts, run by run and day by day."""
    with duckdb.connect(str(pipeline.warehouse), read_only=True) as connection:
        differing = connection.execute("""
            with
                told as (
                    select run_number, partition_date,
                        row_count - coalesce(previous_row_count, row_count) as more_rows,
                        total_amount - coalesce(previous_total_amount, total_amount) as more_amount
                    from partition_ledger
                ),
                kept as (
                    select run_number, partition_date,
                        sum(if(change = 'added', row_count, -row_count)) as more_rows,
                        sum(if(change = 'added', row_count, -row_count) * (changed_row ->> 'amount')::decimal(18, 2))
                            as more_amount
                    from partition_row_changes
                    where model = 'daily_sales'
                    group by all
                )
            select * from told left join kept using (run_number, partition_date)
            where told.more_rows != coalesce(kept.more_rows, 0) or told.more_amount != coalesce(kept.more_amount, 0)
        """).fetchall()
    assert differing == []


@pytest.mark.long
@pytest.mark.weekly
def test_the_story_in_the_docs_goes_as_it_is_told(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "history.md").read_text(encoding="utf-8")
    story = page[page.index("## A story") : page.index("## What is kept")]
    steps = re.findall(r"```sh\n(.*?)```(?:\n+```text\n(.*?)```)?", story, re.DOTALL)
    assert sum(bool(expected) for _, expected in steps) > 5
    copy = tmp_path / "project"
    left = shutil.ignore_patterns(".git", ".venv*", "*_cache", "data", "target", "logs", ".work")
    shutil.copytree(ROOT, copy, symlinks=True, ignore=left)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    (settings,) = re.findall(r"^export .*$", story, re.MULTILINE)
    for commands, expected in steps:
        script = ["bash", "-e", "-c", f"{settings}\n{commands}"]
        told = subprocess.run(
            script, cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert told.returncode == 0, told.stdout
        lines = [line.rstrip() for line in told.stdout.splitlines()]
        assert "\n".join(lines).endswith(expected.strip()), told.stdout


@pytest.mark.long
@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("START sql daily_table model main.daily_sales ", marks=pytest.mark.weekly),
        "START sql daily_table model main.daily_sales_summary",
        pytest.param("/2026/01/15/sales.csv", marks=pytest.mark.weekly),
        pytest.param("START sql daily_table model main.partition_ledger", marks=pytest.mark.weekly),
    ],
    ids=["before publishing", "one mart restored", "while exporting", "before the ledger"],
)
def test_a_killed_restore_loses_nothing(twice: Pipeline, moment: str) -> None:
    newest = twice.contents()
    twice.kill_run_at(moment, "--vars", json.dumps({"partition_date": DAY, "restore_run": 1}))
    assert twice.run(start_date=DAY).success  # the catch-up of that night
    assert twice.contents() == newest
    twice.kill_run_at(moment, "--vars", json.dumps({"partition_date": DAY, "restore_run": 1}))
    assert twice.run_day(DAY, restore_run=1).success
    assert "Late" not in twice.csv(DAY)
    assert "Late" not in twice.csv(DAY, "sales_summary.csv")
    assert standing(twice, DAY)[0] == "pinned"

"""Many runs at once on one lake: whose days are whose, who waits for whom, and what a lost worker leaves."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import REAL_SALES, ROOT, Pipeline, needs_the_real_feed
from dbt.contracts.graph.manifest import Manifest
from disks import in_memory, needs_to_mount
from lakes import LAKE, OnLake, catalog

from report.warehouse import read_facts, tables_path

pytestmark = pytest.mark.long  # a PostgreSQL, and processes that wait for each other
DAYS = ["2026-01-15", "2026-01-16", "2026-01-17"]
CALENDAR = ["--vars", f"{{start_date: {DAYS[0]}}}"]


@pytest.fixture
def lake(workplace: Path, monkeypatch: pytest.MonkeyPatch, parsed: dict[str, Manifest]) -> Iterator[OnLake]:
    """A pipeline on an empty lake, with a feed of three days."""
    lake = OnLake(workplace, monkeypatch, parsed)
    lake.write_feed(*(f"{day},Tea,{number},2.50" for number, day in enumerate(DAYS, start=1)))
    yield lake
    lake.clean()


def ended(run: subprocess.Popen[str], code: int = 0) -> str:
    """Return what a run said that ended with this exit code."""
    said, _ = run.communicate(timeout=240)
    assert run.returncode == code, said
    return said


def made(lake: OnLake, *days: str, **environment: str) -> subprocess.Popen[str]:
    """Start a run of a day or a range, or of the days that are wrong."""
    asked = {"PARTITION_START": days[0], "PARTITION_END": days[-1]} if days else {}
    return lake.start("run", *CALENDAR, terminal=None, **asked, **environment)


def make_all(lake: OnLake) -> None:
    """Make the three days."""
    outcome = lake.run(start_date=DAYS[0])
    assert outcome.success, outcome.error


@contextmanager
def stopped(lake: OnLake, *days: str, moment: str = "START sql staged_table") -> Iterator[subprocess.Popen[str]]:
    """A run of days that has come to a moment, and goes on afterwards."""
    run = made(lake, *days)
    try:
        assert run.stdout is not None
        assert any(moment in line for line in run.stdout)
        run.send_signal(signal.SIGSTOP)
        yield run
    except BaseException:
        run.kill()
        raise
    run.send_signal(signal.SIGCONT)


def states(lake: OnLake) -> dict[str, str]:
    """Return the state of each day, as it was last told."""
    return dict(lake.query("select partition_date::varchar, status from partition_health order by all"))


def sums(lake: OnLake) -> dict[str, int]:
    """Return the quantity of each day."""
    return dict(lake.query("select date::varchar, sum(quantity)::int from daily_sales group by date order by date"))


@pytest.mark.weekly
@pytest.mark.parametrize(
    ("feed", "settings"),
    [
        pytest.param(str(ROOT / "seeds" / "raw_sales.csv"), {}, id="the sample"),
        pytest.param(
            REAL_SALES,
            {"start_date": "2010-12-01", "price_type": "decimal(18, 3)"},
            id="a real shop",
            marks=needs_the_real_feed,
        ),
    ],
)
def test_a_feed_gives_the_bytes_of_the_file(
    lake: OnLake, monkeypatch: pytest.MonkeyPatch, feed: str, settings: dict[str, Any]
) -> None:
    lake.use_feed(feed)
    assert lake.dbt("build", **settings).success
    of_lake, rows = lake.contents(), lake.query("from daily_sales_summary order by all")
    assert of_lake
    monkeypatch.delenv("DBT_TARGET")
    assert Pipeline.run(lake, **settings).success
    assert lake.contents() == of_lake
    assert Pipeline.query(lake, "from daily_sales_summary order by all") == rows


def test_first_runs_at_once_make_one_lake(lake: OnLake) -> None:
    for run in [made(lake, day) for day in DAYS]:
        ended(run)
    assert states(lake) == dict.fromkeys(DAYS, "materialized")
    assert sums(lake) == {DAYS[0]: 1, DAYS[1]: 2, DAYS[2]: 3}
    assert lake.query("select run_number from partition_ledger order by all") == [(1,), (2,), (3,)]


def test_a_day_waits_for_the_run_that_has_it_and_no_other_day_does(lake: OnLake) -> None:
    make_all(lake)
    with stopped(lake, DAYS[0]) as run:
        ended(made(lake, DAYS[1]))
        said = ended(made(lake, DAYS[0], WAREHOUSE_MAX_WAIT_SECONDS="1"), code=2)
        assert f"Another run had {DAYS[0]} for longer than 1 s: daily_partitions " in said
        assert f" {run.pid}. Run the days again when it has ended" in said
    ended(run)


@pytest.mark.weekly
def test_who_looks_for_wrong_days_leaves_those_that_another_run_has(lake: OnLake) -> None:
    make_all(lake)
    lake.write_feed(*(f"{day},Tea,9,2.50" for day in DAYS))
    with stopped(lake, DAYS[0]) as run:
        said = ended(made(lake))
        assert "No day is wrong" in said
        assert sums(lake) == {DAYS[0]: 1, DAYS[1]: 9, DAYS[2]: 9}
    ended(run)
    assert sums(lake) == dict.fromkeys(DAYS, 9)
    assert states(lake) == dict.fromkeys(DAYS, "materialized")
    assert lake.query("select run_number, count(*) from partition_ledger group by all order by all") == [
        (1, 3), (2, 1), (3, 2)
    ]  # fmt: skip


def test_a_killed_run_lets_go_of_its_days_at_once(lake: OnLake) -> None:
    make_all(lake)
    with stopped(lake, DAYS[0], moment="START sql daily_file") as run:
        run.kill()
    ended(made(lake, DAYS[0], WAREHOUSE_MAX_WAIT_SECONDS="5"))
    assert states(lake) == dict.fromkeys(DAYS, "materialized")
    assert not [path for path in lake.contents() if path.endswith(".unfinished")]


@pytest.mark.weekly
def test_a_run_that_is_cut_off_from_the_catalog_publishes_nothing(lake: OnLake) -> None:
    make_all(lake)
    lake.write_feed(f"{DAYS[0]},Tea,7,2.50")
    with stopped(lake, DAYS[0]) as run:
        workers = "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'daily_part%'"
        assert len(catalog().execute(workers)) == 1
        lake.write_feed(f"{DAYS[0]},Tea,8,2.50")
        ended(made(lake, DAYS[0]))
    said = ended(run, code=1)
    assert "The lake's catalog no longer answers, so the days of this run may be another's by now" in said
    assert sums(lake)[DAYS[0]] == 8
    assert lake.csv(DAYS[0]).endswith(f"{DAYS[0]},Tea,8,2.50,20.00\n")


def test_of_two_that_both_believe_to_have_the_turn_one_fails(lake: OnLake) -> None:
    ended(made(lake, DAYS[0]))
    with lake.connected() as one, lake.connected() as other:
        for writer in (one, other):
            writer.execute("begin; update partition_turns set turn_number = turn_number + 1")
            writer.execute(f"insert into daily_sales values ('{DAYS[0]}', 'Cup', 1, 1, 1)")
        one.execute("commit")
        with pytest.raises(duckdb.Error, match="conflict"):
            other.execute("commit")
    assert lake.query("select count(*) from daily_sales where product = 'Cup'") == [(1,)]


def test_a_warehouse_moves_to_a_lake_and_back_and_no_day_is_run_again(
    lake: OnLake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on_file = ["--target", "dev"]
    assert lake.run(*on_file, start_date=DAYS[0]).success
    lake.write_feed(*(f"{day},Tea,{number},9.50" for number, day in enumerate(DAYS, start=1)))
    assert lake.run(*on_file, start_date=DAYS[0]).success
    files, tables = lake.files(), ["daily_sales", "partition_ledger", "partition_outputs", "partition_row_changes"]
    rows = [Pipeline.query(lake, f"from {table} order by all") for table in tables]

    copied = lake.dbt("run-operation", "copy_warehouse", "--args", f"{{source: {lake.warehouse}}}")
    assert copied.success, copied.error
    assert [lake.query(f"from {table} order by all") for table in tables] == rows
    make_all(lake)
    assert lake.query("select max(run_number) from partition_plan") == [(2,)]
    capsys.readouterr()
    assert not lake.dbt("run-operation", "copy_warehouse", "--args", f"{{source: {lake.warehouse}}}").success
    assert "A warehouse is copied whole, to a place where nothing is yet" in capsys.readouterr().out

    lake.warehouse = lake.root / "back" / lake.warehouse.name  # what is parsed has its name
    monkeypatch.setenv("DUCKDB_PATH", str(lake.warehouse))
    source = f"ducklake:postgres:{catalog().name(LAKE)}"
    assert lake.dbt("run-operation", "copy_warehouse", "--args", f'{{source: "{source}"}}', *on_file).success
    assert [Pipeline.query(lake, f"from {table} order by all") for table in tables] == rows
    with pytest.raises(duckdb.ConstraintException, match="CHECK"):
        Pipeline.execute(lake, "update partition_ledger set status = 'done'")
    with pytest.raises(duckdb.ConstraintException, match="NOT NULL"):
        Pipeline.execute(lake, "update daily_sales set amount = null")
    assert lake.run(*on_file, start_date=DAYS[0]).success
    assert lake.files() == files


@pytest.mark.weekly
def test_upkeep_makes_few_files_of_many_and_keeps_all_rows(lake: OnLake, capsys: pytest.CaptureFixture[str]) -> None:
    # more rows of a day than are kept in the catalog itself
    lake.write_feed(*(f"{day},Item {item},1,2.50" for day in DAYS for item in range(30)))
    for day in DAYS:
        assert lake.run_day(day, start_date=DAYS[0]).success
    count = "select file_count::int from ducklake_table_info('lake') where table_name = 'daily_sales'"
    assert lake.query(count) == [(3,)]
    rows = lake.query("from daily_sales order by all")
    assert lake.dbt("run-operation", "upkeep", "--args", "{keep_days: 1}").success
    assert lake.query(count) == [(1,)]
    assert lake.query("from daily_sales order by all") == rows
    make_all(lake)

    capsys.readouterr()
    assert not lake.dbt("run-operation", "upkeep", "--args", "{keep_days: x}").success
    assert "keep_days: got 'x', expected a number of days, 1 or more" in capsys.readouterr().out
    assert not lake.dbt("run-operation", "upkeep", "--target", "dev").success
    assert "Upkeep is for a lake; the target dev is a file, which needs none" in capsys.readouterr().out


@pytest.mark.weekly
def test_a_lake_that_cannot_be_reached_is_named(lake: OnLake) -> None:
    said = ended(made(lake, DAYS[0], LAKE_CATALOG="host=127.0.0.1 port=1 dbname=lake"), code=2)
    assert "The lake's catalog cannot be reached. connection to server at" in said
    assert "LAKE_CATALOG names it as libpq does, for example 'host=db.example dbname=lake user=pipeline'" in said
    said = ended(made(lake, DAYS[0], LAKE_CATALOG=catalog().name(LAKE).replace("postgres", "nobody")), code=2)
    assert 'role "nobody" does not exist' in said


@pytest.mark.weekly
@needs_to_mount
def test_a_lake_without_room_publishes_nothing_and_goes_on_when_there_is(lake: OnLake) -> None:
    with in_memory(lake.root / "lake", "size=1m") as resize:
        make_all(lake)
        before = lake.contents(), lake.query("from daily_sales order by all")
        lake.write_feed(*(f"{day},Item {item},{item},2.50" for day in DAYS for item in range(40_000)))
        outcome = lake.run(start_date=DAYS[0])
        assert "No space left on device" in outcome.error
        assert (lake.contents(), lake.query("from daily_sales order by all")) == before
        resize("200m")
        make_all(lake)
        assert sums(lake) == dict.fromkeys(DAYS, sum(range(40_000)))
        assert set(states(lake).values()) == {"materialized"}


def test_readers_need_nothing_but_duckdb_and_a_role_that_may_read(lake: OnLake) -> None:
    make_all(lake)
    for grant in (
        "drop role if exists reader",
        "create role reader login",
        "grant pg_read_all_data to reader",
    ):
        catalog().execute(grant)
    name = catalog().name(LAKE).replace("user=postgres", "user=reader")
    with duckdb.connect() as reader:
        reader.execute(f"attach 'ducklake:postgres:{name}' as sales (read_only)")
        assert reader.sql("select count(*) from sales.daily_sales").fetchall() == [(3,)]
        assert reader.sql("select count(*) from sales.partition_changes").fetchall() == [(3,)]
        with pytest.raises(duckdb.Error):
            reader.execute("delete from sales.daily_sales")
    shown = [day.figures["total_amount"] for day in read_facts(tables_path()).days]
    assert list(filter(None, shown)) == [2.5, 5, 7.5]

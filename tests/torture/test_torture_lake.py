"""Crowds of workers on one lake, with whatever can be killed killed, and upkeep going on all the while.

`TORTURE_EXAMPLES` is how many trials there are, `TORTURE_RESTATEMENTS` how often a day is changed.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import duckdb
import psycopg2
import pytest
from conftest import HEADER
from dbt.contracts.graph.manifest import Manifest
from duckdb_extensions import import_extension  # type: ignore[import-untyped]
from lakes import LAKE, OnLake, catalog
from servers import wait_until

from deploy.lake import Store

TRIALS = int(os.environ.get("TORTURE_EXAMPLES", "100"))
WORKERS = 4
RESTATEMENTS = int(os.environ.get("TORTURE_RESTATEMENTS", "1000"))
PER_RUN, RUNS_PER_NIGHT = 5, 2  # days changed, and runs before a night's upkeep
DAYS = [str(date(2026, 1, 1) + timedelta(days=number)) for number in range(12)]
CALENDAR = ["--vars", f"{{start_date: {DAYS[0]}}}"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An S3 server."""
    import_extension("httpfs")
    store = Store(tmp_path / "store")
    store.start()
    yield store
    store.stop()


@pytest.fixture
def lake(
    workplace: Path, store: Store, monkeypatch: pytest.MonkeyPatch, parsed: dict[str, Manifest]
) -> Iterator[OnLake]:
    """A pipeline on an empty lake with its data in the bucket."""
    lake = OnLake(workplace, monkeypatch, parsed)
    for name, value in {**store.environment, "LAKE_DATA_PATH": "s3://lake/"}.items():
        monkeypatch.setenv(name, value)
    yield lake
    lake.clean()


def new_feed(lake: OnLake, dice: random.Random) -> None:
    """Write the feed anew: most days as they were by chance, some others, one of them perhaps without rows."""
    rows = [
        f"{day},{dice.choice(['Tea', 'Cup', 'Pot'])},{dice.randint(1, 9)},{dice.randint(100, 999) / 100:.2f}\n"
        for day in DAYS
        for _ in range(dice.randint(0, 4) if day != DAYS[-1] else 2)
    ]
    new = lake.root / "new.csv"
    new.write_text(HEADER + "".join(rows), encoding="ascii")
    new.replace(lake.root / "feed.csv")


def start_worker(lake: OnLake, dice: random.Random, number: int) -> subprocess.Popen[str]:
    """Start a run of a day, of a range, or of what is wrong; what it parses stays in a folder of its own."""
    start = dice.randrange(len(DAYS))
    end = min(start + dice.choice([0, 0, 3, 6]), len(DAYS) - 1)
    asked = {"PARTITION_START": DAYS[start], "PARTITION_END": DAYS[end]} if dice.random() < 0.8 else {}
    place = lake.root / "target" / f"worker {number}"
    return lake.start("run", *CALENDAR, "--target-path", str(place), "--log-path", str(place), terminal=None, **asked)


def upkeep(lake: OnLake, stop: threading.Event, happened: Counter[str]) -> None:
    """Compact and expire without end, each step in a turn, as `make upkeep` does, but of all that is past."""
    while not stop.wait(1):
        try:
            with lake.connected() as connection, catalog().session(LAKE) as turn:
                for step in (
                    "ducklake_flush_inlined_data('lake')",
                    "ducklake_expire_snapshots('lake', older_than => now() - interval 20 seconds)",
                    "ducklake_rewrite_data_files('lake')",
                    "ducklake_merge_adjacent_files('lake')",
                    "ducklake_cleanup_old_files('lake', older_than => now() - interval 20 seconds)",
                ):
                    turn.execute("select pg_advisory_lock(4101, 1)")
                    connection.execute(f"call {step}")
                    turn.execute("select pg_advisory_unlock(4101, 1)")
                happened["rounds of upkeep"] += 1
        except (duckdb.Error, psycopg2.Error):  # noqa: PERF203 the catalog was killed
            happened["rounds of upkeep cut short"] += 1


def can_be_read(lake: OnLake) -> bool:
    """Tell whether the bucket gives back what is in it: it listens before that."""
    try:
        for (table,) in lake.query("select table_name from duckdb_tables() where database_name = 'lake'"):
            lake.query(f"from {table}")
    except duckdb.Error:
        return False
    return True


def check(lake: OnLake) -> None:
    """Compare what is published with what DuckDB makes of the feed."""
    of_feed = duckdb.sql(f"""
        select date::date, product, quantity::bigint, price::decimal(18, 2), (quantity * price)::decimal(18, 2)
        from read_csv('{lake.root}/feed.csv', types = {{'price': 'decimal(18, 2)', 'quantity': 'bigint'}})
        order by all
    """).fetchall()
    assert lake.query("select date, product, quantity, price, amount from daily_sales order by all") == of_feed
    assert {status for (status,) in lake.query("select status from partition_health")} <= {"materialized", "empty"}
    assert lake.query("select count(*) - count(distinct partition_date) from partition_health") == [(0,)]
    for day in DAYS:
        lines = lake.csv(day).splitlines()[1:]
        assert len(lines) == sum(str(row[0]) == day for row in of_feed), day
    assert not [path for path in lake.contents() if path.endswith(".unfinished")]


def test_workers_on_one_lake(lake: OnLake, store: Store, happened: Counter[str]) -> None:
    """Four workers at once on any days, killed at random, catalog and bucket too, with upkeep all the while."""
    dice = random.Random(18)
    new_feed(lake, dice)
    assert lake.run(start_date=DAYS[0]).success
    stop = threading.Event()
    with ExitStack() as at_end:
        keeper = threading.Thread(target=upkeep, args=(lake, stop, happened))
        keeper.start()
        at_end.callback(keeper.join)
        at_end.callback(stop.set)
        for trial in range(TRIALS):
            new_feed(lake, dice)
            workers = [start_worker(lake, dice, number) for number in range(WORKERS)]
            deadline = time.monotonic() + dice.uniform(2, 12)
            victims = dice.sample(workers, dice.choice([0, 1, 1, 2]))
            server = {8: "bucket", 9: "catalog"}.get(trial % 10)
            while time.monotonic() < deadline and any(worker.poll() is None for worker in workers):
                time.sleep(0.05)
            for victim in victims:
                if victim.poll() is None:
                    victim.send_signal(signal.SIGKILL)
                    happened["workers killed"] += 1
            if server == "catalog":
                catalog().kill()
                catalog().start()
            elif server == "bucket" and store.process:
                store.process.kill()
                store.process.wait()
                store.start()
                wait_until(lambda: can_be_read(lake), "the bucket")
            if server:
                happened[f"times the {server} killed"] += 1
            for worker in workers:
                said, _ = worker.communicate(timeout=300)
                if worker not in victims and not server:
                    assert worker.returncode == 0, said
                happened[f"workers ended with {'success' if worker.returncode == 0 else 'an error'}"] += 1
            healed = lake.run(start_date=DAYS[0])
            assert healed.success, healed.error
            check(lake)
            assert catalog().locks() == 0
            happened["trials, all days right after the next run"] += 1


def let_a_day_pass() -> None:
    """Make all that the catalog knows of a day older."""
    with catalog().session(LAKE) as cursor:
        for table, moment in (
            ("ducklake_snapshot", "snapshot_time"),
            ("ducklake_files_scheduled_for_deletion", "schedule_start"),
        ):
            cursor.execute(f"update {table} set {moment} = {moment} - interval '1 day'")


def size_of(lake: OnLake) -> dict[str, int]:
    """Return how much there is of a lake."""
    files = [path.stat().st_size for path in (lake.root / "lake").rglob("*.parquet")]
    ((snapshots,),) = lake.query("select count(*) from ducklake_snapshots('lake')")
    ((size,),) = catalog().execute(f"select pg_database_size('{LAKE}')")
    return {"files": len(files), "KB": sum(files) // 1024, "snapshots": snapshots, "KB of the catalog": size // 1024}


def test_restatements(
    lake: OnLake, happened: Counter[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A day changed, again and again, with upkeep each night that keeps a week: what files and catalog grow to."""
    monkeypatch.setenv("LAKE_DATA_PATH", str(lake.root / "lake"))
    dice = random.Random(1000)
    prices = dict.fromkeys(DAYS, 100)
    sizes = []
    for number in range(RESTATEMENTS // PER_RUN):
        for day in dice.sample(DAYS, PER_RUN):
            prices[day] += 1
        lake.write_feed(*(f"{day},Item {item},1,{price / 100}" for day, price in prices.items() for item in range(50)))
        outcome = lake.run(start_date=DAYS[0])
        assert outcome.success, outcome.error
        happened["days changed"] += PER_RUN
        if number % RUNS_PER_NIGHT == RUNS_PER_NIGHT - 1:
            let_a_day_pass()
            kept = lake.dbt("run-operation", "upkeep", "--args", "{keep_days: 7}")
            assert kept.success, kept.error
            sizes.append(size_of(lake))
            happened["nights"] += 1
    amounts = lake.query("select date::varchar, sum(amount * 2)::int from daily_sales group by all order by all")
    assert amounts == [(day, price) for day, price in prices.items()]
    with capsys.disabled():
        for night in range(9, len(sizes), 10):
            sys.stdout.write(f"\nafter {night + 1} nights: {sizes[night]}")
    if len(sizes) > 40:
        for what in ("files", "snapshots"):
            early, late = (max(size[what] for size in part) for part in (sizes[8:20], sizes[-12:]))
            assert late <= 1.1 * early, what

"""Runs killed at random moments: nothing half done is ever seen, and the next run mends it."""

import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from conftest import Pipeline

KILLS = int(os.environ.get("TORTURE_EXAMPLES", "100"))
DAYS = [f"2026-01-{day:02}" for day in range(1, 13)]
Files = dict[str, bytes]


def feed(price: int) -> list[str]:
    """Return sales of all days, enough that an export takes its time."""
    return [f"{day},Product {n % 700},{n % 7 + 1},{price}.{n % 90 + 10}" for day in DAYS for n in range(5_000)]


@contextmanager
def watched(pipeline: Pipeline, versions: Sequence[Files]) -> Iterator[list[str]]:
    """Read every CSV at its final path, again and again; gives the list of those that were none of the versions."""
    half: list[str] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.01):
            for path in versions[0]:
                with suppress(FileNotFoundError):
                    content = (pipeline.exports / path).read_bytes()
                    if content not in [version[path] for version in versions]:
                        half.append(path)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield half
    finally:
        ended.set()
        thread.join()


def day_of(path: str) -> str:
    return path[:10].replace("/", "-")


def kill(pipeline: Pipeline, args: Sequence[str], chance: random.Random) -> bool:
    """Start a run and kill it at any moment from its first statement on; tell whether it was still running."""
    with pipeline.start("run", "--debug", *args) as process:
        assert process.stdout is not None
        # a whole run writes some 5,000 lines, of which the setting up of dbt is the first quarter
        line_count = chance.randrange(5000)
        for number, line in enumerate(process.stdout):
            if number >= line_count and re.search(r"\d\d:\d\d:\d\d", line):
                break
        time.sleep(chance.random() * chance.choice([0, 0.05, 0.4]))
        was_running = process.poll() is None
        process.kill()
    return was_running


def test_killed_runs(pipeline: Pipeline, happened: Counter[str]) -> None:
    """Runs ended by kill -9: a first run, a day, a range, the same again and a catch-up, at random moments."""
    versions: list[Files] = []
    amounts: list[str] = []
    sums = "select date::varchar, count(*), sum(amount)::varchar from daily_sales group by 1 order by 1"
    for price in (1, 2):
        pipeline.write_feed(*feed(price))
        assert pipeline.run("--full-refresh").success
        versions.append(pipeline.contents())
        amounts.append(str(pipeline.query(sums)))

    seed = random.randrange(10**9)
    chance = random.Random(seed)
    now = 1
    for number in range(KILLS):
        kind = chance.choice(["first run", "day", "range", "same again", "catch-up"])
        asked = chance.sample(DAYS, 1) if kind == "day" else DAYS[3:9] if kind == "range" else DAYS
        args = (
            []
            if kind in {"first run", "catch-up"}
            else ["--vars", f"{{partition_start: {asked[0]}, partition_end: {asked[-1]}}}"]
        )
        if kind == "first run":
            pipeline.warehouse.unlink()
        elif kind != "same again":
            now = 1 - now
            pipeline.write_feed(*feed(now + 1))
        before = pipeline.files()
        told = f"seed {seed}, kill {number}, {kind}"

        with watched(pipeline, versions) as half:
            was_running = kill(pipeline, args, chance)
        assert not half, told

        after = pipeline.files()
        assert [path for path in versions[now] if day_of(path) not in asked and after[path] != before[path]] == [], told

        states = pipeline.health()
        outdated = {day_of(path) for path, content in versions[now].items() if after[path][0] != content}
        assert [day for day in outdated if states[day] == "materialized"] == [], told

        outcome = pipeline.run()
        assert outcome.success, f"{told}: {outcome.error}"
        assert pipeline.contents() == versions[now], told  # no litter either
        assert str(pipeline.query(sums)) == amounts[now], told
        assert pipeline.query("select table_name from duckdb_tables() where contains(table_name, '__dbt')") == [], told
        assert set(pipeline.health().values()) == {"materialized"}, told
        happened[f"{kind} healed" if was_running else "ended before the kill"] += 1

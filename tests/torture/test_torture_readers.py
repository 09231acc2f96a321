"""Readers beside runs: DuckDB's own command line and a process of Python, which stay, and one who comes and goes.

`TORTURE_RUNS` is how many runs there are.
"""

import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from conftest import Pipeline

RUNS = int(os.environ.get("TORTURE_RUNS", "50"))
DAYS = [f"2026-01-{day:02}" for day in range(1, 11)]
ROWS = 2000
CLI = Path(sys.executable).with_name("duckdb")
LOOK = "select count(distinct price), min(price)::int, count(*) from daily_sales;"
PROGRAM = (
    "import duckdb, sys\n"
    "copy = duckdb.connect(sys.argv[1], read_only=True)\n"
    "for line in sys.stdin:\n"
    "    print(*copy.execute(line).fetchone(), sep=',', flush=True)"
)


def asked(reader: subprocess.Popen[str]) -> tuple[int, ...]:
    """Return what a reader sees: how many prices there are, one of them, and the rows."""
    assert reader.stdin
    assert reader.stdout
    reader.stdin.write(f"{LOOK}\n")
    reader.stdin.flush()
    return tuple(map(int, reader.stdout.readline().split(",")))


def look_again(place: Path, stop: threading.Event, seen: list[tuple[int, ...]]) -> None:
    """Open the copy, look, and close it, without end."""
    while not stop.is_set():
        with duckdb.connect() as connection:
            connection.execute(f"attach '{place}' as shop (read_only); use shop")
            (row,) = connection.execute(LOOK).fetchall()
            seen.append(row)


@pytest.mark.skipif(not CLI.exists(), reason="needs the package duckdb-cli")
def test_readers_who_stay(pipeline: Pipeline, happened: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that may wait for nobody, while three read their copy: each sees whole runs and nothing fails."""
    # a run whose warehouse is in use fails at once
    monkeypatch.setenv("WAREHOUSE_MAX_WAIT_SECONDS", "0")

    def make_all(price: int) -> None:
        pipeline.write_feed(*(f"{day},Item {item},1,{price}" for day in DAYS for item in range(ROWS)))
        outcome = pipeline.run()
        assert outcome.success, outcome.error
        happened["runs, of which none waited"] += 1

    make_all(1)
    place = pipeline.warehouse.with_name("warehouse_readers.duckdb")
    commands: dict[str, list[str | Path]] = {
        "command line": [CLI, "-readonly", "-csv", "-noheader", place],
        "Python": [sys.executable, "-c", PROGRAM, place],
    }
    stay = {
        name: subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name, command in commands.items()
    }
    stop, seen = threading.Event(), list[tuple[int, ...]]()
    visitor = threading.Thread(target=look_again, args=(place, stop, seen))
    visitor.start()
    try:
        for price in range(2, RUNS + 2):
            make_all(price)
            for name, reader in stay.items():
                assert asked(reader) == (1, 1, len(DAYS) * ROWS), name
                happened[f"reads by the {name} that stayed, of what it had opened"] += 1
        assert visitor.is_alive()  # it ends with its first error
    finally:
        stop.set()
        visitor.join()
        for reader in stay.values():
            reader.kill()
            reader.communicate()
    assert {(prices, rows) for prices, _, rows in seen} == {(1, len(DAYS) * ROWS)}
    prices = [price for _, price, _ in seen]
    assert prices == sorted(prices)
    happened["reads by one who opened it each time, all of one whole run"] = len(seen)
    happened["runs that he saw"] = len(set(prices))

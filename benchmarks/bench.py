"""Measures everything side by side in one run: `make bench`, or `python -m benchmarks.bench --help`.

What is measured goes to `.work/results.json`; from it `report.py` and `plot.py` write what is published.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import contestants as c
from benchmarks.feeds import ROOT, Feed, make_feed, real_feed
from benchmarks.measure import Command, Contestant, Row, Sample, interleaved, run
from benchmarks.plot import write_picture
from benchmarks.report import write_report

sys.path.append(str(ROOT / "tests"))
from dagster_service import copy_project, serving_dagster

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
LOOKED_AT_DAYS = 3  # of those that are too slow for a year
WORK = ROOT / "benchmarks" / ".work"


@dataclass(frozen=True)
class Settings:
    """What the command line says; `rows` are sizes of a year's feed, `history_rows` the rows of one of its days."""

    rows: Sequence[int]
    history_rows: int
    memory_rows: int
    runs: int
    work: Path


@dataclass
class Table:
    """A table of the report: its lines, the first of which the others are compared with."""

    section: str
    title: str
    note: str
    rows: list[Row]


Run = Callable[[int], Sample]


def year(given: Settings) -> list[Table]:
    """A year with all exports: each size, as one CSV, one Parquet file, and a folder with a file a day."""
    feeds = [
        (f"{rows:,} rows of 365 days", make_feed(given.work / "feeds", form, rows, FIRST, LAST))
        for rows in given.rows
        for form in ("csv", "parquet", "hive")
    ]
    if shop := real_feed(given.work / "feeds", "csv"):
        feeds.insert(0, (f"The real shop: {shop.rows:,} rows of {(shop.last - shop.first).days + 1} days", shop))
    forms = {"csv": "one CSV", "parquet": "one Parquet file", "hive": "a Parquet file a day"}
    note = "Each run has a fresh warehouse and an empty export folder, and is the whole command."
    tables = []
    for title, feed in feeds:
        print(f"{title}, {forms[feed.form]}", flush=True)
        rows = interleaved(year_contestants(feed, given.work / "year"), given.runs)
        tables.append(Table("year", f"{title}, {forms[feed.form]}", note, rows))
    return tables


def year_contestants(feed: Feed, work: Path) -> list[Contestant]:  # noqa: C901
    """Return who can do the feed's days; peers only of CSV, and the slow ones for some days, scaled."""
    first, last = feed.first, feed.last
    days = (last - first).days + 1
    everything = "tables and both CSVs a day"

    def fresh(name: str, command: Callable[[Path], Command], *checks: Callable[[Path], object]) -> Run:
        def once(_n: int) -> Sample:
            folder = c.fresh(work / name)
            sample = run(command(folder))
            for check in checks:
                check(folder)
            return sample

        return once

    def holds(table: str) -> Callable[[Path], None]:
        return lambda folder: same(c.totals_of_table(folder, table), feed.totals(first, last))

    def files(folder: Path) -> None:
        same(c.totals_of_files(folder), feed.totals(first, last))

    def same_bytes(folder: Path) -> None:
        same(c.bytes_of_files(folder), c.bytes_of_files(work / "bare"))

    def days_by_day(name: str, command: Callable[[Path, date], Command]) -> Run:
        """Give a run of some days with one process each, scaled; the first makes the tables and does not count."""

        def once(_n: int) -> Sample:
            folder = c.fresh(work / name)
            samples = [run(command(folder, first + timedelta(days=day))) for day in range(LOOKED_AT_DAYS + 1)]
            return scaled_sum(samples[1:], days / LOOKED_AT_DAYS)

        return once

    def pandas_some(_n: int) -> Sample:
        folder = c.fresh(work / "pandas")
        until = first + timedelta(days=LOOKED_AT_DAYS - 1)
        nothing = run(c.pandas_days(feed, folder, first, first - timedelta(days=1)))
        some = run(c.pandas_days(feed, folder, first, until))
        same(c.totals_of_files(folder), feed.totals(first, until))
        factor = days / LOOKED_AT_DAYS
        return Sample(
            nothing.seconds + (some.seconds - nothing.seconds) * factor,
            nothing.cpu_seconds + (some.cpu_seconds - nothing.cpu_seconds) * factor,
            some.peak_mb,
        )

    contestants = [
        Contestant(
            "bare DuckDB",
            everything,
            fresh("bare", lambda f: c.bare(feed, f, first, last), holds("daily_sales"), files),
        ),
        Contestant(
            "this pipeline",
            f"{everything}, audit, ledger, health",
            fresh("ours", lambda f: c.ours_days(feed, f, first, last), holds("daily_sales"), same_bytes),
        ),
        Contestant(
            "SQLMesh, one batch",
            "tables, no CSVs",
            fresh(
                "one_batch", lambda f: c.sqlmesh_days("one_batch", feed, f, first, last), holds("main__dev.daily_sales")
            ),
        ),
    ]
    if feed.form != "csv":
        return contestants
    scaled = f"scaled from {LOOKED_AT_DAYS} days"
    return [
        *contestants,
        Contestant(
            "SQLMesh, a batch a day",
            everything,
            fresh(
                "daily_export",
                lambda f: c.sqlmesh_days("daily_export", feed, f, first, last),
                holds("main__dev.daily_sales"),
                files,
            ),
        ),
        Contestant(
            "dbt delete+insert",
            "tables, no CSVs",
            fresh(
                "delete_insert", lambda f: c.delete_insert(feed, f, first, last), holds("daily_sales_by_delete_insert")
            ),
        ),
        Contestant(
            "dbt microbatch",
            "tables, no CSVs",
            fresh("microbatch", lambda f: c.microbatch(feed, f, first, last), holds("daily_sales_by_microbatch")),
        ),
        Contestant(
            "a shell loop of `dbt run`",
            f"as this pipeline, {scaled}",
            days_by_day("loop", lambda f, day: c.ours_days(feed, f, day, day)),
        ),
        Contestant("the tutorial's pandas asset", f"both CSVs a day, no tables, {scaled}", pandas_some),
    ]


def day(given: Settings) -> list[Table]:
    """One day, with a month, a year and ten years of history in the warehouse and in the feed."""
    histories = (("1 month", date(2025, 12, 1)), ("1 year", FIRST), ("10 years", date(2016, 1, 1)))
    return [day_after(given, title, first) for title, first in histories]


def day_after(given: Settings, title: str, first: date) -> Table:
    """One of the last days, with all days from `first` on in the warehouse and in the feed."""
    print(f"one day, {title} of history", flush=True)
    days = (LAST - first).days + 1
    feed = make_feed(given.work / "feeds", "hive", days * given.history_rows, first, LAST)
    work = c.fresh(given.work / "day")
    project = calendar_copy(work / "project", first)
    bare, ours, sqlmesh, empty = (c.fresh(work / name) for name in ("bare", "ours", "sqlmesh", "empty"))
    run(c.bare(feed, bare, first, LAST))
    run(c.ours_days(feed, ours, first, LAST))
    run(c.sqlmesh_days("one_batch", feed, sqlmesh, first, LAST))
    run(c.empty_dbt(feed, empty))
    expected = feed.totals(first, LAST)
    plan = ("plan", "dev", "--auto-apply", "--no-prompts")

    def one(n: int) -> date:
        return LAST - timedelta(days=n)  # another day each time: its var makes dbt parse anew, as it does each night

    def bare_day(n: int) -> Sample:
        return run(c.bare(feed, bare, one(n), one(n)))

    def ours_day(n: int) -> Sample:
        sample = run(c.ours_days(feed, ours, one(n), one(n)))
        same(c.totals_of_table(ours), expected)
        same(c.bytes_of_files(ours), c.bytes_of_files(bare))
        return sample

    def warm_day(n: int) -> Sample:
        some = [str(one(back)) for back in range(n, n + 4)]
        env = {**os.environ, **c.environment(feed, ours), "PYTHONPATH": str(project)}
        command: list[str | Path] = [c.BIN / "python", c.PEERS / "warm_days.py", *some]
        printed = subprocess.run(command, cwd=project, env=env, check=True, capture_output=True, text=True).stdout
        seconds, cpu_seconds = json.loads(printed.splitlines()[-1])
        return Sample(seconds, cpu_seconds, float("nan"))

    def sqlmesh_day(n: int) -> Sample:
        window = ("--start", str(one(n)), "--end", str(one(n)))
        sample = run(c.sqlmesh("one_batch", feed, sqlmesh, *plan, "--restate-model", "main.daily_sales", *window))
        same(c.totals_of_table(sqlmesh, "main__dev.daily_sales"), expected)
        return sample

    def sqlmesh_floor(_n: int) -> Sample:
        return run(c.sqlmesh("one_batch", feed, sqlmesh, *plan, "--start", str(first), "--end", str(LAST)))

    contestants = [
        Contestant("bare DuckDB", "tables and both CSVs", bare_day),
        Contestant("this pipeline", "`dbt run` of the day", ours_day),
        Contestant("this pipeline, warm", "a day in a process that stays up, tests included", warm_day),
        Contestant(
            "empty dbt project",
            "`dbt run` of `select 1`, other vars",
            lambda n: run(c.empty_dbt(feed, empty, day=str(one(n)))),
        ),
        Contestant(
            "empty dbt project, same vars", "the same, nothing to parse", lambda _n: run(c.empty_dbt(feed, empty))
        ),
        Contestant("SQLMesh, one day", "`sqlmesh plan --restate-model`, no CSVs", sqlmesh_day),
        Contestant("SQLMesh, nothing to do", "`sqlmesh plan`", sqlmesh_floor),
    ]
    note = f"A feed with a Parquet file a day, {given.history_rows:,} rows each. Every run re-runs another day."
    return Table("day", f"One day, {title} of history", note, interleaved(contestants, given.runs))


def dagster(given: Settings) -> list[Table]:
    """A year's backfill and one day through Dagster, daemon and webserver, and the same by the command line."""
    feed = make_feed(given.work / "feeds", "csv", given.rows[0], FIRST, LAST)
    work = c.fresh(given.work / "dagster")
    project = calendar_copy(work / "project", FIRST)
    shutil.copy(feed.path, project / "seeds" / "raw_sales.csv")
    days = [str(one) for one in c.days_between(FIRST, LAST)]
    tables = []
    with serving_dagster(project) as service:

        def timed(action: Callable[[], object]) -> Sample:
            started = time.perf_counter()
            action()
            return Sample(time.perf_counter() - started, float("nan"), float("nan"))

        def year(_n: int) -> Sample:
            return timed(lambda: same(service.wait_for_run(service.launch_range(days[0], days[-1])), "SUCCESS"))

        def backfill(_n: int) -> Sample:
            return timed(
                lambda: same({one["status"] for one in service.backfill("daily_sales_csv", days)}, {"SUCCESS"})
            )

        def launch(n: int) -> Sample:
            return timed(lambda: same(service.wait_for_run(service.launch_day(days[-1 - n])), "SUCCESS"))

        folder = c.fresh(work / "cli")
        rows = interleaved(
            [
                Contestant(
                    "command line", "`dbt run` of the year", lambda _n: run(c.ours_days(feed, folder, FIRST, LAST))
                ),
                Contestant("Dagster", "a run of the range, from launch to green, data tests included", year),
                Contestant("Dagster, a backfill", "the same, when the daemon has looked, each 30 s", backfill),
            ],
            given.runs,
        )
        note = f"{feed.rows:,} rows, one CSV. Compared with the command line."
        tables.append(Table("dagster", "A year through Dagster", note, rows))
        rows = interleaved(
            [
                Contestant(
                    "command line",
                    "`dbt run` of the day",
                    lambda n: run(c.ours_days(feed, folder, LAST - timedelta(days=n), LAST - timedelta(days=n))),
                ),
                Contestant("Dagster", "from launch to green, data tests included", launch),
            ],
            given.runs,
        )
        tables.append(Table("dagster", "One day through Dagster", note, rows))
    return tables


def memory(given: Settings) -> list[Table]:
    """A large year within DuckDB's `memory_limit` of 2 GB: spilling, not failing."""
    feed = make_feed(given.work / "feeds", "csv", given.memory_rows, FIRST, LAST)
    profiles = c.fresh(given.work / "limited")
    unlimited = (ROOT / "profiles.yml").read_text(encoding="utf-8")
    limited = unlimited.replace("settings:\n", "settings:\n        memory_limit: 2GB\n")
    (profiles / "profiles.yml").write_text(limited, encoding="utf-8")
    (profiles / "dbt_project").symlink_to(ROOT / "dbt_project")

    def bare(_n: int) -> Sample:
        return run(c.bare(feed, c.fresh(given.work / "memory" / "bare"), FIRST, LAST, "--memory-limit", "2GB"))

    def ours(_n: int) -> Sample:
        folder = c.fresh(given.work / "memory" / "ours")
        sample = run(c.ours_days(feed, folder, FIRST, LAST, profiles))
        same(c.bytes_of_files(folder), c.bytes_of_files(given.work / "memory" / "bare"))
        return sample

    everything = "tables and both CSVs a day"
    rows = interleaved([Contestant("bare DuckDB", everything, bare), Contestant("this pipeline", everything, ours)], 1)
    note = "`memory_limit` is 2 GB for both; the peak is of the whole process, more than what DuckDB counts. One run."
    return [Table("memory", f"Memory: {feed.rows:,} rows of 365 days, one CSV", note, rows)]


def size(given: Settings) -> list[Table]:
    """How large the warehouse is after each day was re-run ten times."""
    feed = make_feed(given.work / "feeds", "csv", given.rows[0], FIRST, LAST)
    folder = c.fresh(given.work / "size")
    warehouse = folder / "warehouse.duckdb"
    sizes = []
    for _ in range(11):
        run(c.ours_days(feed, folder, FIRST, LAST))
        sizes.append(warehouse.stat().st_size / 1e6)
        print(f"  {sizes[-1]:.1f} MB", flush=True)
    rows = [
        Row("fresh", "after one run of the year", [Sample(sizes[0], float("nan"), float("nan"))]),
        Row("re-run", "after ten more runs of the year", [Sample(sizes[-1], float("nan"), float("nan"))]),
    ]
    return [
        Table(
            "size",
            f"Size of the warehouse: {feed.rows:,} rows of 365 days, in MB",
            "Compared with the fresh one.",
            rows,
        )
    ]


def rest(given: Settings) -> list[Table]:
    """Health scan, catch-up with nothing to do, the year again, docs generate, and the load of the definitions."""
    feed = make_feed(given.work / "feeds", "csv", given.rows[-1], FIRST, LAST)
    work = c.fresh(given.work / "rest")
    ours, empty = c.fresh(work / "ours"), c.fresh(work / "empty")
    run(c.ours_days(feed, ours, FIRST, LAST))
    run(c.empty_dbt(feed, empty))
    count = f'import duckdb; duckdb.sql("select date, count(*) from {feed.sql} group by 1").fetchall()'
    python = c.BIN / "python"
    project = calendar_copy(work / "project", FIRST)
    env = {"PYTHONPATH": str(project), "DAGSTER_HOME": str(project / "data" / "dagster"), **c.environment(feed, ours)}
    load = Command(
        [python, "-c", "import orchestration.definitions as d; d.definitions.get_repository_def()"], project, env
    )
    load_empty = Command(
        [python, "-c", "import empty_dagster as d; d.defs.get_repository_def()"],
        work,
        {
            **env,
            "PYTHONPATH": str(c.PEERS),
            "PATH": f"{c.BIN}:{os.environ['PATH']}",
            "MANIFEST": str(empty / "target" / "manifest.json"),
        },
    )
    run(load)
    scan = [
        Contestant(
            "bare DuckDB",
            "`select date, count(*) … group by 1` of the feed",
            lambda _n: run(Command([python, "-c", count], ROOT)),
        ),
        Contestant("empty dbt project", "`dbt run` of `select 1`", lambda _n: run(c.empty_dbt(feed, empty))),
        Contestant(
            "health scan",
            "`dbt run --select tag:health`",
            lambda _n: run(c.ours(feed, ours, "run", "--select", "tag:health")),
        ),
        Contestant("catch-up, nothing to do", "`dbt run` without days", lambda _n: run(c.ours(feed, ours, "run"))),
    ]
    again = [
        Contestant(
            "bare DuckDB",
            "tables and both CSVs a day",
            lambda _n: run(c.bare(feed, c.fresh(work / "bare"), FIRST, LAST)),
        ),
        Contestant("this pipeline", "the same year again", lambda _n: run(c.ours_days(feed, ours, FIRST, LAST))),
    ]
    docs = [
        Contestant(
            "empty dbt project",
            "`dbt docs generate`",
            lambda _n: run(c.dbt(c.PEERS / "empty_dbt", c.PEERS / "empty_dbt", feed, empty, "docs", "generate")),
        ),
        Contestant("this pipeline", "`dbt docs generate`", lambda _n: run(c.ours(feed, ours, "docs", "generate"))),
    ]
    loads = [
        Contestant("empty dagster-dbt project", "load of its definitions", lambda _n: run(load_empty)),
        Contestant("this pipeline", "load of its definitions", lambda _n: run(load)),
    ]
    what = f"{feed.rows:,} rows of 365 days, one CSV, all days there and healthy."
    return [
        Table("rest", "Looking for days that are wrong", what, interleaved(scan, given.runs)),
        Table("rest", "The year again", what, interleaved(again, given.runs)),
        Table("rest", "Docs", "Compared with an empty project.", interleaved(docs, given.runs)),
        Table("rest", "Definitions in Dagster", "Compared with an empty project.", interleaved(loads, given.runs)),
    ]


SECTIONS = {"year": year, "day": day, "rest": rest, "size": size, "memory": memory, "dagster": dagster}


def calendar_copy(folder: Path, first: date) -> Path:
    """Copy the project to a folder, with a calendar that starts at `first`: Dagster has it from dbt_project.yml."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    copy_project(folder)
    settings = folder / "dbt_project" / "dbt_project.yml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("start_date: 2026-01-01", f"start_date: {first}"), encoding="utf-8")
    return folder


def scaled_sum(samples: Sequence[Sample], factor: float) -> Sample:
    """Return the sum of the samples, times `factor`."""
    total = Sample(
        sum(s.seconds for s in samples), sum(s.cpu_seconds for s in samples), max(s.peak_mb for s in samples)
    )
    return total.scaled(factor)


def same(found: object, expected: object) -> None:
    """Let no time count whose output is not the expected one.

    Raises:
        ValueError: it is another.

    """
    if found != expected:
        raise ValueError(f"the output is not right: {found}, expected {expected}")


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    peers = "import importlib.metadata as m; print(m.version('sqlmesh'), m.version('pandas'))"
    printed = subprocess.run([c.PEERS_BIN / "python", "-c", peers], check=True, capture_output=True, text=True)
    sqlmesh, pandas = printed.stdout.split()
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "day": str(datetime.now(timezone.utc).date()),
        "cores": os.cpu_count(),
        "memory": f"{memory_gb:.0f} GB",
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {
            "Python": platform.python_version(),
            "DuckDB": duckdb.__version__,
            "dbt-core": version("dbt-core"),
            "dbt-duckdb": version("dbt-duckdb"),
            "Dagster": version("dagster"),
            "SQLMesh": sqlmesh,
            "pandas": pandas,
        },
    }


def main() -> None:
    """Measure the sections asked for, and write the report after each; the others stay as measured the same day."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[500_000, 5_000_000], help="sizes of a year's feed")
    parser.add_argument("--history-rows", type=int, default=1_370, help="rows a day where history is measured")
    parser.add_argument("--memory-rows", type=int, default=50_000_000, help="size of the feed for the memory limit")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contestant, of which the median counts")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=["year", "day", "rest", "size"])
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks", help="where RESULTS.md and its picture go")
    asked = parser.parse_args()
    given = Settings(asked.rows, asked.history_rows, asked.memory_rows, asked.runs, WORK)

    WORK.mkdir(exist_ok=True)
    path = WORK / "results.json"
    here = {**machine(), "runs": given.runs}
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    # what was measured the same day in the same way stays beside the sections asked for now
    is_alike = {name: before.get(name) for name in here} == here
    results: dict[str, Any] = before if is_alike else {**here, "load": [], "tables": []}
    for section in asked.only:
        tables = SECTIONS[section](given)
        results["load"].append(round(os.getloadavg()[2], 1))
        results["tables"] = [table for table in results["tables"] if table["section"] != section]
        results["tables"] += [asdict(table) for table in tables]
        path.write_text(json.dumps(results, indent=1), encoding="utf-8")
        write_report(path, asked.output / "RESULTS.md")
        write_picture(path, asked.output / "results.svg")


if __name__ == "__main__":
    main()

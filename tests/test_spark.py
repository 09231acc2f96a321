"""A feed that Spark has sorted by day comes out as the feed itself does: the same bytes, the same rejected rows."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import HEADER, ROOT, Pipeline
from servers import wait_until
from test_feeds import DATES, NUMBERS

SCRIPT = ROOT / "examples" / "spark" / "feed_by_day.py"
PYTHON = SCRIPT.parent / ".venv" / "bin" / "python"
DBT = Path(sys.executable).with_name("dbt")
# and the JVM that begins soonest
CONF = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}
SETTINGS = {
    "PYSPARK_SUBMIT_ARGS": " ".join(
        ["--master local[2]", *(f"--conf {name}={value}" for name, value in CONF.items()), "pyspark-shell"]
    ),
    "SPARK_LOCAL_IP": "127.0.0.1",
}
# Runs the script once for each line of arguments, all in one JVM, and tells what it said and whether it refused
RUNNING = """
import contextlib, io, json, runpy, sys
for line in sys.stdin:
    sys.argv, said, refused = json.loads(line), io.StringIO(), None
    try:
        with contextlib.redirect_stdout(said):
            runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as exit:
        refused = exit.code
    print(json.dumps([said.getvalue(), refused]), flush=True)
"""
UNFINISHED = "hand-over.unfinished"
GOOD = "2026-01-15,Good,1,1.00\n"
# Each form that a file may have, and each way in which a row may be bad; the numbers have days of their own
NASTY = {
    "quotes.csv": (
        f'{HEADER}{GOOD} 2026-01-15 ,"Quote ""q"", comma",2,3\n2026-01-15,5" pipe,1,1.00\n2026-01-15, "a,b" ,1,1\n'
        '2026-01-15,,1,1\n2026-01-15,"",1,1\n\n2026-01-15,"d"e,1,1\n  \nx,y\n'
        "2026-01-15,few\n2026-01-15,too,1,1,many\n2026-01-15,N\0L,1,1\n2026-01-15,no line end,1,1"
    ).encode(),
    "numbers.csv": (
        HEADER + "".join(f"{date(2026, 3, 1) + timedelta(n)},{n},{text}\n" for n, text in enumerate(NUMBERS))
    ).encode(),
    "dates.csv": (HEADER + "".join(f"{text},{n},1,1.00\n" for n, text in enumerate(DATES))).encode(),
    "latin.csv": f"{HEADER}2026-01-15,Caf\xe9,1,1\n2026-01-15,Cafe,1,1\n".encode("latin-1"),
    "windows.csv": (
        b"\xef\xbb\xbfPrice,Date,Note,,quantity,PRODUCT\r\n5.00,2026-01-16,n,,2,CRLF\r\n5.00,2026-01-16\r\n\r\n"
        b"5,2026-01-17,n,,1,no line end"
    ),
    "tabs.tsv": b"product\tquantity\tprice\tdate\nTab\t1\t2.00\t2026-01-17\nTab\t1\t2.00\n",
    "packed.csv.gz": gzip.compress(f"{HEADER}2026-01-18,Zip,1,-0.50\n".encode()),
    "below/empty.csv": HEADER.encode(),
    "_SUCCESS": b"",
}

ByDay = Callable[..., tuple[str, str | None]]
pytestmark = [
    pytest.mark.long,
    pytest.mark.weekly,
    pytest.mark.skipif(
        not (PYTHON.exists() and shutil.which("java")), reason="Spark is not here: make spark, and Java 17 or newer"
    ),
]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Spark's settings, and a folder for what dbt parsed."""
    return {**os.environ, **SETTINGS, "DBT_TARGET_PATH": str(tmp_path_factory.mktemp("target"))}


@pytest.fixture(scope="session")
def by_day(environment: dict[str, str]) -> Iterator[ByDay]:
    """The script, run in one Spark of two threads; what it said, and why it refused if it did."""
    command = [str(PYTHON), "-c", RUNNING]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        stdin, stdout = process.stdin, process.stdout

        def run(*arguments: Any) -> tuple[str, str | None]:  # noqa: ANN401
            stdin.write(json.dumps(asked(*arguments)) + "\n")
            stdin.flush()
            said, refused = json.loads(stdout.readline())
            return said, refused

        yield run


def asked(*arguments: Any) -> list[str]:  # noqa: ANN401
    return list(map(str, [SCRIPT, "--dbt", DBT, "--project-dir", ROOT / "dbt_project", *arguments]))


def outcome(pipeline: Pipeline, feed: str) -> tuple[dict[str, bytes], list[tuple[Any, ...]]]:
    """Return the files and the rejected rows of a feed, made from nothing."""
    shutil.rmtree(pipeline.exports, ignore_errors=True)
    pipeline.warehouse.unlink(missing_ok=True)
    pipeline.use_feed(feed)
    made = pipeline.run(max_rejected_ratio=1)
    assert made.success, made.error
    rejected = "select partition_date::varchar, rejected_reason, raw_text from rejected_rows order by all"
    return pipeline.contents(), pipeline.query(rejected)


def test_the_sample_comes_out_as_without_spark(pipeline: Pipeline, by_day: ByDay) -> None:
    sample, target = ROOT / "seeds" / "raw_sales.csv", pipeline.root / "feed"
    said, _ = by_day(sample, target)
    assert said.startswith("6638 rows in, 6636 handed over as rows and 2 as lines that are none. 89 days are in ")
    straight = outcome(pipeline, str(sample))
    assert outcome(pipeline, f"{target}/%Y-%m-%d") == straight

    by_day(sample, target)
    again = pipeline.run(max_rejected_ratio=1)
    assert again.success, again.error
    assert pipeline.contents() == straight[0]


def test_every_bad_row_and_form_of_a_file_comes_out_as_without_spark(pipeline: Pipeline, by_day: ByDay) -> None:
    for name, content in NASTY.items():
        (pipeline.root / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (pipeline.root / "raw" / name).write_bytes(content)
    said, refused = by_day(pipeline.root / "raw", pipeline.root / "feed")
    assert refused is None, refused
    straight = outcome(pipeline, str(pipeline.root / "raw"))
    reasons = {reason for _, reason, _ in straight[1]}
    assert reasons >= {"malformed_line", "date_unreadable", "price_would_be_rounded", "quantity_out_of_range"}
    assert outcome(pipeline, f"{pipeline.root}/feed/%Y-%m-%d") == straight
    assert "with rows without a day among those of " in said


def test_line_breaks_in_quotes_are_refused_by_name_or_read_file_by_file(pipeline: Pipeline, by_day: ByDay) -> None:
    raw, target = pipeline.root / "raw", pipeline.root / "feed"
    raw.mkdir()
    (raw / "a.csv").write_text(f'{HEADER}{GOOD}2026-01-15,"a\n\nb\r\n",1,1\n2026-01-15,"c\nd",1,1,many\n{GOOD}')
    (raw / "b.csv").write_bytes(f'{HEADER}2026-01-16,"a\r\n\r\nb",1,1'.replace("price\n", "price\r\n").encode())
    said, refused = by_day(raw, target)
    assert (said, target.exists()) == ("", False)
    assert refused
    assert "a.csv ends within quotes. If quotes hold line breaks there, say --line-breaks" in refused
    assert refused.endswith("Nothing was handed over.")
    said, _ = by_day(raw, target, "--line-breaks")
    assert said.startswith("5 rows in, 4 handed over as rows and 1 as lines that are none.")
    straight = outcome(pipeline, str(raw))
    assert [reason for _, reason, _ in straight[1]] == ["malformed_line"]
    assert outcome(pipeline, f"{target}/%Y-%m-%d") == straight

    (raw / "a.csv").write_text(f'{HEADER}{GOOD}2026-01-15,"never closed,1,1\n{GOOD}')
    _, refused = by_day(raw, target, "--line-breaks")
    assert refused
    assert "else close the quote" in refused


def test_a_day_that_became_empty_becomes_empty_unless_unreadable_dates_may_be_its_rows(
    pipeline: Pipeline, by_day: ByDay
) -> None:
    target = pipeline.root / "feed"
    pipeline.write_feed("2026-01-15,Tea,1,1.00", "2026-01-16,Tea,1,1.00")
    by_day(pipeline.root / "feed.csv", target)
    pipeline.use_feed(f"{target}/%Y-%m-%d")
    assert pipeline.run().success

    pipeline.write_feed("2026-01-15,Tea,1,1.00", "16.01.2026,Tea,1,1.00")
    before = sorted(target.rglob("*"))
    _, refused = by_day(pipeline.root / "feed.csv", target)
    assert refused
    assert "No row is left of 2026-01-16, and there are rows whose date cannot be read." in refused
    assert sorted(target.rglob("*")) == before

    said, _ = by_day(pipeline.root / "feed.csv", target, "--may-empty-days")
    assert "with rows without a day among those of 2026-01-15." in said
    assert not (target / "2026-01-16").exists()
    assert pipeline.run().success
    assert pipeline.csv("2026-01-16") == "date,product,quantity,price,amount\n"
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.query("select raw_text from rejected_rows") == [("16.01.2026,Tea,1,1.00",)]

    pipeline.write_feed("16.01.2026,Tea,1,1.00")
    _, refused = by_day(pipeline.root / "feed.csv", target, "--may-empty-days")
    assert refused
    assert "no row with a date that can be read" in refused


def test_a_killed_hand_over_leaves_the_days_as_they_were_or_such_as_a_run_refuses(
    pipeline: Pipeline, by_day: ByDay, environment: dict[str, str]
) -> None:
    target = pipeline.root / "feed"
    days = [f"{date(2026, 1, 1) + timedelta(n)}" for n in range(30)]
    pipeline.write_feed(*(f"{day},Tea,1,1.00" for day in days))
    by_day(pipeline.root / "feed.csv", target)
    pipeline.use_feed(f"{target}/%Y-%m-%d")
    assert pipeline.run().success
    made = pipeline.contents()
    pipeline.write_feed(*(f"{day},Tea,2,1.00" for day in days))

    def kill_when(something: Callable[[], bool]) -> None:
        command = [str(PYTHON), *asked(pipeline.root / "feed.csv", target)]
        with subprocess.Popen(command, env=environment, start_new_session=True) as process:
            wait_until(lambda: something() or process.poll() is not None, "the moment to kill", every_seconds=0.001)
            assert process.poll() is None
            os.killpg(process.pid, signal.SIGKILL)

    handed_over = {path: path.stat().st_mtime_ns for path in sorted(target.rglob("*"))}
    kill_when(lambda: any(Path(f"{target}.unpublished").glob("*/0/rows/_temporary")))
    assert {path: path.stat().st_mtime_ns for path in sorted(target.rglob("*"))} == handed_over

    kill_when((target / days[0] / UNFINISHED).exists)
    outcome = pipeline.run()
    assert not outcome.success
    assert f"neither CSV nor TSV nor Parquet: {target}/{days[0]}/{UNFINISHED}" in outcome.error
    assert pipeline.contents() == made

    by_day(pipeline.root / "feed.csv", target)
    assert not list(target.rglob(UNFINISHED))
    assert pipeline.run().success
    assert pipeline.csv(days[0]).endswith(f"{days[0]},Tea,2,1.00,2.00\n")

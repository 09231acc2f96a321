"""Bad feeds, many faults in one feed: what is read is published or rejected, to the last row, or the run stops."""

import gzip
import json
import shutil
import threading
from datetime import date, timedelta

import duckdb
import pytest
import zstandard
from conftest import HEADER, ROOT, Pipeline

GOOD = "2026-01-15,Good,1,1.00\n"

# a row of the feed after its date and product, and what becomes of it: the amount, or the reason it is rejected
NUMBERS = {
    "1,1.00": "1.00",
    "-1,1.00": "-1.00",
    "-0,1.00": "0.00",
    "1,-0.00": "0.00",
    "1,-.50": "-0.50",
    "+1,+1": "1.00",
    "1,1.": "1.00",
    "1,1.10000000000000000000000000000000000000000000": "1.10",
    "000000000000000000000000000000000000000000000001,1.00": "1.00",
    "1,9999999999999999.99": "9999999999999999.99",
    "1,10000000000000000.00": "price_out_of_range",
    "1,0.001": "price_would_be_rounded",
    "1,0.0000000000000000000000000000000000000000000000000001": "price_would_be_rounded",
    "1,1e3": "price_not_a_number",
    "1,1E-3": "price_not_a_number",
    '1,"1,000.00"': "price_not_a_number",
    '1,"1.000,00"': "price_not_a_number",
    "1,1 000.00": "price_not_a_number",
    "1,1'000.00": "price_not_a_number",
    "1,1_000": "price_not_a_number",
    "1,$1.00": "price_not_a_number",
    "1,0x10": "price_not_a_number",
    "1,\uff11.\uff10\uff10": "price_not_a_number",
    "1,NaN": "price_not_a_number",
    "1,inf": "price_not_a_number",
    "1,-Infinity": "price_not_a_number",
    "1,1\0": "price_not_a_number",
    "1,\u22121.00": "price_not_a_number",
    "1,--1": "price_not_a_number",
    "1,": "price_missing",
    "1,NULL": "price_not_a_number",
    "999999999999999999,0.00": "0.00",
    "9999999999999999,1.00": "9999999999999999.00",
    "999999999999999999,1.00": "amount_out_of_range",
    "-999999999999999999,0.00": "0.00",
    "1000000000000000000,0.00": "quantity_out_of_range",
    "-9223372036854775808,0.00": "quantity_out_of_range",
    "-9999999999999999,1.00": "-9999999999999999.00",
    "9223372036854775808,1.00": "quantity_out_of_range",
    "1.0,1.00": "1.00",
    "1.5,1.00": "quantity_would_be_rounded",
    "true,1.00": "quantity_not_a_number",
    "999999999999999999,9999999999999999.99": "amount_out_of_range",
}

# and dates: the day in Asia/Tokyo, or none
DATES = {
    "2026-01-15": "2026-01-15",
    "2024-02-29": "2024-02-29",
    "2026-02-29": None,
    "2000-02-29": "2000-02-29",
    "1900-02-29": None,
    "2026-01-15T23:59:59.999999999": "2026-01-15",
    "2026-01-15 24:00:00": "2026-01-16",
    "2026-01-15T15:00:00Z": "2026-01-16",
    "2026-01-15 00:00:00+14:00": "2026-01-14",
    "2026-01-15 23:00:00-12:00": "2026-01-16",
    "2026-01-15 12:00:00+05:30": "2026-01-15",
    "2026-01-15 00:00:00 Europe/Berlin": "2026-01-15",
    "2026-01-15 23:00:00 UTC": "2026-01-16",
    "2026-01-15 00:00:00 BST": None,
    "2026-01-15 00:00:00 JST": None,
    "2026-01-15 (BC)": None,
    "2024-02-29T23:30:00-11:00": "2024-03-01",
    "15/01/2026": None,
    "01/15/2026": None,
    "15.01.2026": None,
    "20260115": None,
    "2026-W03-4": None,
    "2026-015": None,
    "Jan 15 2026": None,
    "1768435200": None,
    "46037": None,
    "26-01-15": None,
    "2026-13-01": None,
    "2026-00-10": None,
    "令和8年1月15日": None,
    "\uff12\uff10\uff12\uff16-01-15": None,
    "2026-01-15\0": None,
    "": None,
    "today": None,
    "epoch": None,
    "-infinity": None,
}


def counted(pipeline: Pipeline) -> tuple[int, int]:
    """Return how many rows are published, and how many rejected."""
    return pipeline.query("select (select count(*) from daily_sales), (select count(*) from rejected_rows)")[0]


def test_each_number_is_exact_or_rejected_with_its_reason(pipeline: Pipeline) -> None:
    # a day for each: the largest could not be added up
    days = [str(date(2026, 1, 1) + timedelta(days=n)) for n in range(len(NUMBERS))]
    pipeline.write_feed(*[f"{days[n]},{n},{numbers}" for n, numbers in enumerate(NUMBERS)])
    assert pipeline.run_range(days[0], days[-1], max_rejected_ratio=1).success
    amounts = dict(pipeline.query("select product::int, amount::varchar from daily_sales"))
    reasons = dict(pipeline.query("select split_part(raw_text, ',', 2)::int, rejected_reason from rejected_rows"))
    assert not amounts.keys() & reasons.keys()
    became = amounts | reasons
    assert {numbers: became.get(n) for n, numbers in enumerate(NUMBERS)} == NUMBERS


@pytest.mark.long
def test_each_date_is_a_day_or_rejected_and_none_is_guessed(pipeline: Pipeline) -> None:
    pipeline.write_feed(*[f"{text},{n},1,1.00" for n, text in enumerate(DATES)])
    # each by itself: a full refresh would make all days between them too, thousands
    for day in {day for day in DATES.values() if day}:
        assert pipeline.run_day(day, start_date="2000-01-01").success
    days = dict(pipeline.query("select product::int, date::varchar from daily_sales"))
    assert {text: days.get(n) for n, text in enumerate(DATES)} == DATES
    assert counted(pipeline) == (len(days), len(DATES) - len(days))


def test_what_is_not_utf8_and_has_no_date_is_rejected_behind_a_column_that_is_not_needed(pipeline: Pipeline) -> None:
    lines = ['"15.01.2026",\x00,NaN,9', '"""","a\r\nb",IT\x9eM', "inf,2026-01-15,-9,1"]
    feed = "\r".join(["quantity,price,note,product,date", *lines, ""]).encode("latin-1")
    (pipeline.root / "feed.csv").write_bytes(feed)
    assert "No date of the feed" in pipeline.run_day("2026-01-15").error
    assert pipeline.query("select distinct rejected_reason from rejected_rows") == [("malformed_line",)]


@pytest.mark.parametrize("place", ["price,quantity,product,date", "a,b,c,d,e,date,product,quantity,price,f"])
def test_what_is_not_utf8_is_rejected_wherever_its_column_is(pipeline: Pipeline, place: str) -> None:
    value = {"date": "2026-01-15", "product": "Caf\xe9 noir", "quantity": "1", "price": "1.00"}
    row = ",".join(value.get(name, name) for name in place.split(","))
    feed = f"{place}\n{row}\n" + f"{row}\n".replace("\xe9", "e")
    (pipeline.root / "feed.csv").write_bytes(feed.encode("latin-1"))
    outcome = pipeline.run_day("2026-01-15", max_rejected_ratio=1)
    assert outcome.success, outcome.error
    assert pipeline.query("select product from daily_sales") == [("Cafe noir",)]
    assert pipeline.query("select partition_date::varchar, rejected_reason from rejected_rows") == [
        ("2026-01-15", "malformed_line")
    ]


# a file as bytes, and how many of its rows are published and rejected
READ = {
    "UTF-16 behind UTF-8": (f"{HEADER}{GOOD}".encode() + GOOD.encode("utf-16-le") + b"\n", (1, 2)),
    "only carriage returns": (f"{HEADER}{GOOD}{GOOD}".replace("\n", "\r").encode(), (2, 0)),
    "blank lines": (f"{HEADER}\n{GOOD}\n\n{GOOD}  \n".encode(), (2, 1)),
    "the header again": (f"{HEADER}{GOOD}{HEADER}{GOOD}".encode(), (2, 1)),
    "NUL bytes": (f"{HEADER}{GOOD}2026-01-15,N\0L,1,1.00\n\0\0\0\n".encode() + b"\0" * 4096, (2, 2)),
    "a byte order mark inside": (f"{HEADER}{GOOD}\ufeff{GOOD}".encode(), (1, 1)),
    "line breaks in quotes": (f'{HEADER}2026-01-15,"a\n\n2026-01-15,b\r\n",1,1.00\n{GOOD}'.encode(), (2, 0)),
    "quotes inside": (f'{HEADER}2026-01-15,5" pipe,1,1.00\n2026-01-15, "a,b" ,1,1.00\n{GOOD}'.encode(), (3, 0)),
    "a field of 10 MB": (f"{HEADER}{GOOD}2026-01-15,{'x' * 10_000_000},1,1.00\n{GOOD}".encode(), (2, 1)),
    "a field more and less": (f"{HEADER}{GOOD}2026-01-15,Good,1,1.00,more\n2026-01-15,Good,1\n".encode(), (1, 2)),
    "a header alone": (HEADER.encode(), (0, 0)),
    "a header without a line end": (HEADER.strip().encode(), (0, 0)),
}

# and those that end in an error, with a part of it
REFUSED = {
    "UTF-16": (f"{HEADER}{GOOD}".encode("utf-16"), "or is not UTF-8"),
    "CRLF in an LF file": (f"{HEADER}{GOOD}".encode() + GOOD.replace("\n", "\r\n").encode() * 2, "invalid state"),
    "a blank line before the header": (f"\n{HEADER}{GOOD}".encode(), "begins with an empty line"),
    "a line longer than the reader's buffer": (
        f"{HEADER}{GOOD}2026-01-15,{'x' * 40_000_000},1,1.00\n{GOOD}".encode(),
        "has 3 rows, and 2 were read or rejected",
    ),
}


@pytest.fixture
def made_before(pipeline: Pipeline) -> dict[str, tuple[bytes, int]]:
    """What a run of an earlier feed has exported."""
    pipeline.write_feed("2026-01-15,Before,1,1.00")
    assert pipeline.run_day("2026-01-15").success
    return pipeline.files()


@pytest.mark.long
def test_what_is_read_of_an_odd_file_is_published_or_rejected_to_the_last_row(pipeline: Pipeline) -> None:
    became = {}
    for name, (content, _) in READ.items():
        (pipeline.root / "feed.csv").write_bytes(content)
        outcome = pipeline.run_day("2026-01-15", max_rejected_ratio=1)
        became[name] = counted(pipeline) if outcome.success else outcome.error
        # a day that has lost its rows to dates that cannot be read would be left as it was
        pipeline.execute("delete from daily_sales")
    assert became == {name: expected for name, (_, expected) in READ.items()}


def test_a_file_that_cannot_be_read_to_the_last_row_changes_nothing(
    pipeline: Pipeline, made_before: dict[str, tuple[bytes, int]]
) -> None:
    for name, (content, expected) in REFUSED.items():
        (pipeline.root / "feed.csv").write_bytes(content)
        outcome = pipeline.run_day("2026-01-15", max_rejected_ratio=1)
        assert not outcome.success, name
        assert expected in outcome.error, name
        assert pipeline.files() == made_before, name
        assert pipeline.query("select product from daily_sales") == [("Before",)], name


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_a_compressed_feed_is_accounted_for_too(pipeline: Pipeline, ending: str) -> None:
    compress = gzip.compress if ending == "gz" else zstandard.compress
    rows = f'2026-01-15,"a\nb",1,1.00\n2026-01-15,short\n{GOOD}'
    # in two pieces, as what appends to a compressed file leaves it
    path = pipeline.root / f"feed.csv.{ending}"
    path.write_bytes(compress(f"{HEADER}{rows}".encode()) + compress(rows.encode()))
    pipeline.use_feed(str(path))
    outcome = pipeline.run_day("2026-01-15", max_rejected_ratio=1)
    assert outcome.success, outcome.error
    assert counted(pipeline) == (4, 2)
    path.write_bytes(compress(f"{HEADER}{GOOD}2026-01-15,{'x' * 40_000_000},1,1.00\n".encode()))
    assert "does not add up" in pipeline.run_day("2026-01-15", max_rejected_ratio=1).error


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_a_compressed_file_that_is_cut_off_or_none_is_refused_by_its_name(pipeline: Pipeline, ending: str) -> None:
    compress = gzip.compress if ending == "gz" else zstandard.compress
    rows = "".join(f"2026-01-15,{n * 7919 % 99991},1,1.00\n" for n in range(50_000))
    packed = compress(f"{HEADER}{rows}".encode())
    path = pipeline.root / f"feed.csv.{ending}"
    pipeline.use_feed(str(path))
    for content, said in (
        (packed[: len(packed) * 2 // 3], "cannot be read to its end"),
        (packed + packed[:-9], "cannot be read to its end"),
        (f"{HEADER}{GOOD}".encode(), "cannot be read"),
    ):
        path.write_bytes(content)
        outcome = pipeline.run_day("2026-01-15")
        assert not outcome.success
        assert said in outcome.error or "does not add up" in outcome.error
        assert str(path) in outcome.error
        assert "Traceback" not in outcome.error
        assert "At:" not in outcome.error
    assert pipeline.files() == {}


def test_a_compressed_file_may_have_its_ending_in_capitals(pipeline: Pipeline) -> None:
    path = pipeline.root / "SALES.CSV.GZ"
    path.write_bytes(gzip.compress(f"{HEADER}{GOOD}".encode()))
    pipeline.use_feed(str(path))
    assert pipeline.run_day("2026-01-15").success
    assert counted(pipeline) == (1, 0)


def test_a_feed_of_which_no_line_can_be_split_is_an_error(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15;Tea;2;5.00", "2026-01-16;Tea;2;5.00")
    for window in ({}, {"partition_date": "2026-01-15"}):
        outcome = pipeline.run(**window)
        assert not outcome.success
        assert "can be read, of 2 rows" in outcome.error
        assert "another delimiter beside external_location: delimiter: ';'" in outcome.error


def test_texts_and_numbers_in_a_column_of_json_are_read_as_they_are(pipeline: Pipeline) -> None:
    sales = [{"date": "2026-01-15", "product": product, "quantity": 1, "price": 1.5} for product in ('A "1"', 77)]
    (pipeline.root / "feed.json").write_text(json.dumps(sales), encoding="utf-8")
    pipeline.use_feed(f"(select * from '{pipeline.root}/feed.json')")
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.query("select product from daily_sales order by 1") == [("77",), ('A "1"',)]


def test_a_feed_that_grows_while_it_is_read_stops_no_run_and_loses_nothing(pipeline: Pipeline) -> None:
    pipeline.write_feed(*["2026-01-15,Early,1,1.00"] * 50_000)
    path = pipeline.root / "feed.csv"
    done = threading.Event()

    def grow() -> None:
        with path.open("a", encoding="utf-8") as feed:
            while not done.wait(0.001):
                feed.write('2026-01-15,"La\nte",1,1.00\n' * 10)
                feed.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        outcome = pipeline.run_day("2026-01-15")
    finally:
        done.set()
        writer.join()
    assert outcome.success, outcome.error
    [(early, late)] = pipeline.query("select count(*) filter (product = 'Early'), count(*) from daily_sales")
    assert early == 50_000
    assert late > early
    assert pipeline.run_day("2026-01-15").success
    assert counted(pipeline) == (50_000 + path.read_text(encoding="utf-8").count('te"'), 0)


@pytest.mark.parametrize(
    ("model", "lost"),
    [
        ("models/marts/daily_sales.sql", ('("stg_sales")) }}', "(\"stg_sales\")) }} where product != 'Lost'")),
        ("dbt_packages/daily_partitions/models/run/rejected_rows.sql", ("is not null", "like 'quantity%'")),
    ],
)
def test_a_model_that_loses_a_row_publishes_nothing(
    pipeline: Pipeline, made_before: dict[str, tuple[bytes, int]], model: str, lost: tuple[str, str]
) -> None:
    pipeline.project = pipeline.root / "project"
    shutil.copytree(ROOT / "dbt_project", pipeline.project, ignore=shutil.ignore_patterns("target", "logs"))
    sql = pipeline.project / model
    sql.write_text(sql.read_text(encoding="utf-8").replace(*lost), encoding="utf-8")
    pipeline.write_feed("2026-01-15,Kept,1,1.00", "2026-01-15,Lost,1,1.00", "never,Lost,1,1.00")
    outcome = pipeline.run_day("2026-01-15")
    assert not outcome.success
    assert "do not add up" in outcome.error
    assert pipeline.query("select product from daily_sales") == [("Before",)]
    assert pipeline.files() == made_before


def test_a_feed_of_parquet_may_have_a_column_called_filename(pipeline: Pipeline) -> None:
    sale = "select date '2026-01-15' as date, 'Tea' as product, 1 as quantity, 1.5 as price, 'till 7' as filename"
    duckdb.sql(f"copy ({sale}) to '{pipeline.root}/2026-01-15.parquet'")
    pipeline.use_feed(str(pipeline.root / "%Y-%m-%d.parquet"))
    outcome = pipeline.run_day("2026-01-15")
    assert outcome.success, outcome.error
    assert counted(pipeline) == (1, 0)
